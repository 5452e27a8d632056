package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// marked lists the processes whose mark begins with prefix: pid to mark.
func marked(prefix string) (map[int]string, error) {
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		return nil, err
	}
	found := map[int]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil { // it has gone, or belongs to another user and so not to us
			continue
		}
		for _, env := range bytes.Split(text, []byte{0}) {
			mark, ok := strings.CutPrefix(string(env), markName+"=")
			pid, err := strconv.Atoi(path.Base(path.Dir(file)))
			if ok && err == nil && strings.HasPrefix(mark, prefix) {
				found[pid] = mark
			}
		}
	}
	return found, nil
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
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil || !bytes.Contains(text, []byte(markName+"="+mark+"\x00")) {
		return nil
	}
	return p.Signal(sig)
}
