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
// another user and so not to us. A program that writes its title for ps over its
// environment, as nginx does, is known by the directory that it was started in; a
// shell of somebody who looks around there has an environment of its own.
func markOf(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		return ""
	}
	for env := range bytes.SplitSeq(text, []byte{0}) {
		if mark, ok := strings.CutPrefix(string(env), markName+"="); ok {
			return mark
		}
	}
	if variable.Match(text) {
		return ""
	}
	dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil {
		return ""
	}
	if m := placeOf.FindStringSubmatch(dir); m != nil {
		return m[1] + "/" + m[2] + "/"
	}
	return ""
}

// variable begins an environment; a title has a blank before any "=".
var variable = regexp.MustCompile(`^\w+=`)

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
			case path.Base(mark) != postgresName || time.Now().After(rude):
				last = kill(pid, mark, syscall.SIGKILL)
			case !asked[pid]:
				last = kill(pid, mark, syscall.SIGQUIT)
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
