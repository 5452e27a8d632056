package engine

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

// marked lists the processes whose mark begins with prefix: pid to mark.
func marked(prefix string) (map[int]string, error) {
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
		if mark := markOf(pid); mark != "" && strings.HasPrefix(mark, prefix) {
			found[pid] = mark
		}
	}
	return found, nil
}

// markOf is the process' mark; "" where it has none, has gone, or belongs to
// another user and so not to us.
func markOf(pid int) string {
	var mark string
	for range execPatience {
		var sure bool
		if mark, sure = readMark(pid); sure {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return mark
}

// execPatience is for how many milliseconds a process may be on its way into
// another program.
const execPatience = 100

// readMark reads the mark once. A program that writes its title for ps over its
// environment, as nginx does, is known by the directory that it was started in; a
// shell of somebody who looks around there has an environment of its own. It is
// not sure of a process in the middle of an exec, which has none either.
func readMark(pid int) (mark string, sure bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		return "", true
	}
	for env := range bytes.SplitSeq(text, []byte{0}) {
		if mark, ok := strings.CutPrefix(string(env), markName+"="); ok {
			return mark, true
		}
	}
	if variable.Match(text) {
		return "", true
	}
	dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil {
		return "", true
	}
	m := placeOf.FindStringSubmatch(dir)
	if m == nil {
		return "", true
	}
	return m[1] + "/" + m[2] + "/", len(text) > 0 || withoutEnvironment(pid)
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

// lastWord is the signal that a process gets which has something to remove
// before it ends; 0: none.
func lastWord(mark string) syscall.Signal {
	switch path.Base(mark) {
	case postgresName:
		return syscall.SIGQUIT
	case keeperName:
		return syscall.SIGTERM
	default:
		return 0
	}
}

// sweepProcesses ends the processes whose mark begins with prefix and returns
// when none is left.
func sweepProcesses(ctx context.Context, prefix string) error {
	asked := map[int]bool{}
	var last error
	rude := time.Now().Add(5 * time.Second)
	for {
		found, err := marked(prefix)
		if err != nil || len(found) == 0 {
			return err
		}
		for pid, mark := range found {
			switch {
			case lastWord(mark) == 0 || time.Now().After(rude):
				last = kill(pid, mark, syscall.SIGKILL)
			case !asked[pid]:
				last = kill(pid, mark, lastWord(mark))
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

// kill signals the process if it still bears the mark. Its handle is a pidfd,
// taken before the mark is read again, so a pid that is in use again is safe.
func kill(pid int, mark string, sig syscall.Signal) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return nil // gone
	}
	defer func() { _ = p.Release() }() // it never fails
	if markOf(pid) != mark {
		return nil
	}
	return p.Signal(sig)
}
