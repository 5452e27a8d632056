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

// tree finds the root process and its descendants.
type tree struct {
	proc   *dir
	root   stat
	keeper int  // the root's parent, if it takes in the root's descendants; else 0
	rollup bool // the kernel has smaps_rollup

	// strangers are processes that do not descend from the root, and therefore
	// never will: a process whose parent ends goes to one of the parent's own
	// ancestors. On a busy host they are most of /proc and would be most of the
	// cost, so each is read once, and forgotten when it is no longer listed.
	// Its pid cannot come up again between two listings: the kernel gives out
	// all other pids first.
	strangers map[int]struct{}

	births births       // whether any process was born since the last listing
	family map[int]stat // of the last look
}

// look returns the root and its descendants, oldest first. The error is
// [ErrGone] where the root has ended.
func (t *tree) look() ([]stat, error) {
	all, err := t.read()
	if err != nil {
		return nil, err
	}
	family, adrift := t.sort(all)
	if len(adrift) > 0 {
		if family, err = t.lookAgain(adrift); err != nil {
			return nil, err
		}
	}
	t.remember(family)
	if len(family) == 0 {
		return nil, ErrGone
	}
	return family, nil
}

// lookAgain settles where processes belong whose parent was not listed. Either
// the tree changed between the listing and the reading; or the parent is
// another user's and hidden (hidepid), and then it is still missing.
func (t *tree) lookAgain(before map[int]stat) ([]stat, error) {
	all, err := t.list()
	if err != nil {
		return nil, err
	}
	family, adrift := t.sort(all)
	for pid, s := range adrift {
		if was, ok := before[pid]; !ok || was.ppid != s.ppid {
			return nil, errVanished(s.ppid)
		}
		t.strangers[pid] = struct{}{}
	}
	return family, nil
}

// read reads all processes that may be of the family: where none was born since
// the last look, those that were of it then. To list /proc costs more than all
// else that a sample reads, on a host of a hundred processes.
func (t *tree) read() (map[int]stat, error) {
	born, err := t.births.since(t.proc)
	if err != nil {
		return nil, err
	}
	if born || t.family == nil {
		return t.list()
	}
	return t.readAll(maps.Keys(t.family))
}

func (t *tree) remember(family []stat) {
	t.family = make(map[int]stat, len(family))
	for _, s := range family {
		t.family[s.pid] = s
	}
}

// list reads all processes but known strangers.
func (t *tree) list() (map[int]stat, error) {
	names, err := t.proc.list(".")
	if err != nil {
		return nil, err
	}
	var others []int
	still := make(map[int]struct{}, len(t.strangers))
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue // /proc/meminfo and the like
		}
		if _, ok := t.strangers[pid]; ok {
			still[pid] = struct{}{}
			continue
		}
		others = append(others, pid)
	}
	t.strangers = still
	all, err := t.readAll(slices.Values(others))
	if err != nil {
		return nil, err
	}
	t.forget(all)
	return all, nil
}

// readAll leaves out a process that has ended: it was not there when the reading
// ended.
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

// forget closes the files of processes that are listed no more.
func (t *tree) forget(all map[int]stat) {
	if t.proc.kept == nil {
		return
	}
	t.proc.kept.retain(func(name string) bool {
		number, _, _ := strings.Cut(name, "/")
		pid, err := strconv.Atoi(number)
		_, ok := all[pid]
		return ok || err != nil // loadavg is no process's
	})
}

func (t *tree) stat(pid int) (stat, error) {
	name := strconv.Itoa(pid) + "/stat"
	text, err := t.proc.readAgain(name)
	if err != nil {
		return stat{}, err
	}
	s, err := parseStat(text)
	if err != nil {
		return stat{}, t.proc.wrap(name, err)
	}
	return s, nil
}

// sort parts the family, oldest first, from the strangers. Adrift are those
// whose parent was not listed: nobody knows where they belong. The family is
// empty where the root has ended.
func (t *tree) sort(all map[int]stat) (family []stat, adrift map[int]stat) {
	if root, ok := all[t.root.pid]; !ok || root.start != t.root.start || dead(root) {
		return nil, nil
	}
	adrift = make(map[int]stat)
	for pid, s := range all {
		switch t.origin(all, pid) {
		case ours:
			if !dead(s) {
				family = append(family, s)
			}
		case theirs:
			t.strangers[pid] = struct{}{}
		case unknown:
			adrift[pid] = s
		}
	}
	slices.SortFunc(family, func(a, b stat) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.pid, b.pid))
	})
	return family, adrift
}

// origin says whose descendant a process is.
type origin int

const (
	ours origin = iota
	theirs
	unknown
)

// origin walks up from a process to the root, to the top or to a stranger. The
// top is 0: the parent of init, and of whoever came from outside into the pid
// namespace of a container. What the keeper has taken in is the root's, and the
// keeper is not.
func (t *tree) origin(all map[int]stat, pid int) origin {
	if t.keeper != 0 && pid == t.keeper {
		return theirs
	}
	for range len(all) + 1 { // pids that changed hands could form a circle
		if pid == t.root.pid || t.keeper != 0 && pid == t.keeper {
			return ours
		}
		if _, ok := t.strangers[pid]; ok || pid == 0 {
			return theirs
		}
		s, ok := all[pid]
		if !ok {
			return unknown
		}
		pid = s.ppid
	}
	return unknown
}

// dead says that a process has ended and only waits for its parent to read its
// status: it has no memory, and nothing of it can be read.
func dead(s stat) bool {
	// The main thread may have ended before the others: those still have memory.
	return (s.state == 'Z' || s.state == 'X') && s.threads <= 1
}

// gone says that a file could not be read because its process has ended.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
}
