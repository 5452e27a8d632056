package leftovers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// FindTagged lists the processes whose tag begins with prefix: pid to tag.
func FindTagged(prefix string) (map[int]string, error) {
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	found := map[int]string{}
	for _, dir := range all {
		pid, err := strconv.Atoi(path.Base(dir))
		if err != nil {
			continue
		}
		if tag := TagOf(pid); tag != "" && strings.HasPrefix(tag, prefix) {
			found[pid] = tag
		}
	}
	return found, nil
}

// TagOf is the process's tag; empty where it has none, has gone, or belongs to
// another user and so not to us.
func TagOf(pid int) string {
	var tag string
	for range execPatience {
		var sure bool
		if tag, sure = readTag(pid); sure {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return tag
}

// execPatience is for how many milliseconds a process may be on its way into
// another program.
const execPatience = 100

// readTag reads the tag once. nginx and others overwrite their environment with a
// title for ps: they are recognised by the directory that they were started in. A
// process there that has an environment without a tag is not ours. During exec the
// environment is briefly empty: then sure is false.
func readTag(pid int) (tag string, sure bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		return "", true
	}
	for env := range bytes.SplitSeq(text, []byte{0}) {
		if tag, ok := strings.CutPrefix(string(env), TagName+"="); ok {
			return tag, true
		}
	}
	if variable.Match(text) {
		return "", true
	}
	dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil {
		return "", true
	}
	m := workDir.FindStringSubmatch(dir)
	if m == nil {
		return "", true
	}
	return Tag(m[1], m[2]), len(text) > 0 || withoutEnvironment(pid)
}

// withoutEnvironment tells a process that has none from one whose exec has not
// got as far: the kernel gives the latter no command line either
// (get_mm_cmdline, fs/proc/base.c).
func withoutEnvironment(pid int) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || len(line) == 0 {
		return false
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid)) // it may have got as far just now
	return err == nil && len(text) == 0
}

// variable begins an environment; a title has a blank before any "=".
var variable = regexp.MustCompile(`^\w+=`)

// firstSignal is what a process gets before SIGKILL that has something to remove
// before it ends; 0: nothing.
func firstSignal(tag string) syscall.Signal {
	switch path.Base(tag) {
	case PostgresName:
		return syscall.SIGQUIT
	case KeeperName:
		return syscall.SIGTERM
	default:
		return 0
	}
}

// EndTagged ends the processes whose tag begins with prefix and returns when none
// is left.
func EndTagged(ctx context.Context, prefix string) error {
	asked := map[int]bool{}
	var last error
	killDeadline := time.Now().Add(5 * time.Second)
	for {
		found, err := FindTagged(prefix)
		if err != nil || len(found) == 0 {
			return err
		}
		for pid, tag := range found {
			switch {
			case firstSignal(tag) == 0 || time.Now().After(killDeadline):
				last = sendSignal(pid, tag, syscall.SIGKILL)
			case !asked[pid]:
				last = sendSignal(pid, tag, firstSignal(tag))
				asked[pid] = true
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d processes left: %w", len(found), errors.Join(ctx.Err(), last))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// sendSignal signals the process if it still bears the tag. Its handle is a pidfd,
// taken before the tag is read again, so a pid that is in use again is safe.
func sendSignal(pid int, tag string, sig syscall.Signal) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return nil // gone
	}
	defer func() { _ = p.Release() }() // it never fails
	if TagOf(pid) != tag {
		return nil
	}
	return p.Signal(sig)
}
