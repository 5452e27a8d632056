package leftovers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
)

// TagName is a variable in the environment of every process that an engine starts
// on this machine, and of its descendants: see [Tag]. It finds processes whose
// keeper, process group and harness have ended.
const TagName = "MEMPROOF_PROCESS"

// Tag returns the value of [TagName] for a program of a session. A role, such as
// [KeeperName], may follow it.
func Tag(session, program string) string { return session + "/" + program + "/" }

// The names at the end of a tag whose processes have something to remove before
// they end, and so get a signal of their own before SIGKILL.
const (
	PostgresName = "postgres" // removes its shared memory
	KeeperName   = "keeper"   // ends what it keeps
)

var firstSignals = map[string]syscall.Signal{PostgresName: syscall.SIGQUIT, KeeperName: syscall.SIGTERM}

// FindTagged returns the processes whose tag begins with prefix: PID to tag. It
// finds none outside Linux, where no engine starts processes.
func FindTagged(prefix string) (map[int]string, error) {
	found := map[int]string{}
	if runtime.GOOS != "linux" {
		return found, nil
	}
	all, err := procfs.AllProcs()
	for _, p := range all {
		if tag := tagOf(p); tag != "" && strings.HasPrefix(tag, prefix) {
			found[p.PID] = tag
		}
	}
	return found, err
}

// tagOf returns the process's tag; empty where it has none, has ended, or belongs to
// another user.
func tagOf(p procfs.Proc) string {
	env, _ := p.Environ()
	for _, variable := range env {
		if tag, ok := strings.CutPrefix(variable, TagName+"="); ok {
			return tag
		}
	}
	return ""
}

// EndTagged ends the processes whose tag begins with prefix and returns when none is
// left. Two searches must find none: during exec a process has no environment for a
// moment.
func EndTagged(ctx context.Context, prefix string) error {
	var last error
	killFrom := time.Now().Add(5 * time.Second)
	for empty := 0; empty < 2; {
		found, err := FindTagged(prefix)
		if err != nil {
			return err
		}
		if empty++; len(found) > 0 {
			empty = 0
		}
		for pid, tag := range found {
			signal, ok := firstSignals[path.Base(tag)]
			if !ok || time.Now().After(killFrom) {
				signal = syscall.SIGKILL
			}
			last = sendSignal(pid, tag, signal)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d processes left: %w", len(found), errors.Join(ctx.Err(), last))
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// sendSignal signals the process if it still has the tag. Its handle is a pidfd, taken
// before the tag is read again, so that no other process with the same PID is hit.
func sendSignal(pid int, tag string, signal syscall.Signal) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return nil // it has ended
	}
	defer func() { _ = p.Release() }() // it never fails
	if again, err := procfs.NewProc(pid); err != nil || tagOf(again) != tag {
		return nil
	}
	return p.Signal(signal)
}
