package sampler

import (
	"cmp"
	"errors"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// tree finds the root process and its descendants, the family.
type tree struct {
	proc   *dir
	root   stat
	keeper int  // the root's parent, if it adopts the root's descendants; else 0
	rollup bool // the kernel has smaps_rollup

	// unrelated are processes that do not descend from the root and never will: a
	// process whose parent ends goes to an ancestor of the parent. On a busy host they
	// are most of /proc and would be most of the cost, so each is read once, and
	// forgotten when it is no longer listed. Its pid can't come up again between two
	// listings: the kernel gives out all other pids first.
	unrelated map[int]struct{}

	forks  forkDetector
	family map[int]stat // of the last find
}

// find returns the family, oldest first. The error is [ErrGone] if the root has ended.
func (t *tree) find() ([]stat, error) {
	all, err := t.read()
	if err != nil {
		return nil, err
	}
	family, orphans := t.classify(all)
	if len(orphans) > 0 {
		if family, err = t.findAgain(orphans); err != nil {
			return nil, err
		}
	}
	t.family = make(map[int]stat, len(family))
	for _, s := range family {
		t.family[s.pid] = s
	}
	if len(family) == 0 {
		return nil, ErrGone
	}
	return family, nil
}

// findAgain lists again to classify processes whose parent was not listed. Either the
// tree changed between the listing and the reading; or the parent belongs to another
// user and is hidden (hidepid), and then it is still missing.
func (t *tree) findAgain(before map[int]stat) ([]stat, error) {
	all, err := t.list()
	if err != nil {
		return nil, err
	}
	family, orphans := t.classify(all)
	for pid, s := range orphans {
		if was, ok := before[pid]; !ok || was.ppid != s.ppid {
			return nil, errVanished(s.ppid)
		}
		t.unrelated[pid] = struct{}{}
	}
	return family, nil
}

// read reads all processes that may be of the family: those of the last find, if none
// has started since. To list /proc costs more than all else that a sample reads, on a
// host of a hundred processes.
func (t *tree) read() (map[int]stat, error) {
	forked, err := t.forks.forked(t.proc)
	if err != nil {
		return nil, err
	}
	if forked || t.family == nil {
		return t.list()
	}
	return t.readAll(maps.Keys(t.family))
}

// list reads all processes but those known to be unrelated, and closes the files of
// processes that are listed no more.
func (t *tree) list() (map[int]stat, error) {
	entries, err := t.proc.list(".")
	if err != nil {
		return nil, err
	}
	var others []int
	still := make(map[int]struct{}, len(t.unrelated))
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue // /proc/meminfo and the like
		}
		if _, ok := t.unrelated[pid]; ok {
			still[pid] = struct{}{}
			continue
		}
		others = append(others, pid)
	}
	t.unrelated = still
	all, err := t.readAll(slices.Values(others))
	if err != nil {
		return nil, err
	}
	t.proc.closeAllBut(func(name string) bool {
		number, _, _ := strings.Cut(name, "/")
		pid, err := strconv.Atoi(number)
		_, ok := all[pid]
		return ok || err != nil // loadavg belongs to no process
	})
	return all, nil
}

// readAll leaves out processes that have ended.
func (t *tree) readAll(pids iter.Seq[int]) (map[int]stat, error) {
	all := make(map[int]stat)
	for pid := range pids {
		s, err := t.stat(pid)
		if gone(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all[pid] = s
	}
	return all, nil
}

func (t *tree) stat(pid int) (stat, error) {
	name := strconv.Itoa(pid) + "/stat"
	text, err := t.proc.readOften(name)
	if err != nil {
		return stat{}, err
	}
	s, err := parseStat(text)
	if err != nil {
		return stat{}, t.proc.wrap(name, err)
	}
	return s, nil
}

// classify returns the family, oldest first, and the orphans: processes whose parent was
// not listed, so what they are is not known. The family is empty if the root has ended.
func (t *tree) classify(all map[int]stat) (family []stat, orphans map[int]stat) {
	if root, ok := all[t.root.pid]; !ok || root.start != t.root.start || dead(root) {
		return nil, nil
	}
	orphans = make(map[int]stat)
	for pid, s := range all {
		switch ours, known := t.descends(all, pid); {
		case !known:
			orphans[pid] = s
		case !ours:
			t.unrelated[pid] = struct{}{}
		case !dead(s):
			family = append(family, s)
		}
	}
	slices.SortFunc(family, func(a, b stat) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.pid, b.pid))
	})
	return family, orphans
}

// descends walks up from a process to the root, to the top or to an unrelated process.
// The top is 0: the parent of init, and of a process that came into the pid namespace
// of a container from outside. What the keeper has adopted descends from the root; the
// keeper itself does not. known is false if a parent was not listed.
func (t *tree) descends(all map[int]stat, pid int) (ours, known bool) {
	if t.keeper != 0 && pid == t.keeper {
		return false, true
	}
	for range len(all) + 1 { // reused pids could form a circle
		if pid == t.root.pid || t.keeper != 0 && pid == t.keeper {
			return true, true
		}
		if _, ok := t.unrelated[pid]; ok || pid == 0 {
			return false, true
		}
		s, ok := all[pid]
		if !ok {
			return false, false
		}
		pid = s.ppid
	}
	return false, false
}

// dead reports whether a process has ended and waits for its parent to read its status:
// it has no memory. If only its main thread has ended, the others still have memory.
func dead(s stat) bool { return (s.state == 'Z' || s.state == 'X') && s.threads <= 1 }

// gone reports whether a file could not be read because its process has ended.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) }
