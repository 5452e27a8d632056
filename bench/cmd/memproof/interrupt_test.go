package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/record"
)

// interruptedTwice is a command that a person interrupts twice while it waits.
func interruptedTwice() {
	ctx, stop := interruptible(context.Background())
	defer stop()
	setBeforeExit(ctx, func() { fmt.Fprintln(os.Stderr, "before exit") })
	interrupt := func() {
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			panic(err)
		}
	}
	interrupt()
	<-ctx.Done()
	interrupt()
	select {}
}

func TestInterruption(t *testing.T) {
	const hint = "finished trials on disk: 1; resume with: memproof run -resume reports/x"
	at := func(err error) error { return experiment.TrialError{Block: 2, Trial: 3, Err: err} }
	failed := errors.New("remove container: busy")
	for _, tt := range []struct {
		name string
		err  error
		hint string
		want string
	}{
		{"in a trial", at(context.Canceled), hint, "interrupted in block 2, trial 3; " + hint},
		{"nothing kept", at(context.Canceled), "", "interrupted in block 2, trial 3"},
		{"before the first", fmt.Errorf("build: %w", context.Canceled), "", "interrupted"},
		{"twice", nil, hint, "interrupted; " + hint},
		{"the end failed too", at(errors.Join(fmt.Errorf("stop container: %w", context.Canceled), failed)), hint, "interrupted in block 2, trial 3; " + hint + "\nremove container: busy"},
	} {
		if got := interruption(tt.err, tt.hint); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestResumeHint: it counts the trials on disk.
func TestResumeHint(t *testing.T) {
	if got := resumeHint(t.TempDir()); got != "" {
		t.Errorf("of no run: %q", got)
	}
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(dir, os.DirFS("../../../reports/reference")); err != nil {
		t.Fatal(err)
	}
	all, err := record.OpenRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	hint := "; resume with: memproof run -resume " + dir
	for left := len(all.Trials) - 1; left > 0; left -= 7 {
		for _, trial := range all.Trials[left:] {
			if err := os.RemoveAll(trial.Dir); err != nil {
				t.Fatal(err)
			}
		}
		if want := fmt.Sprintf("finished trials on disk: %d", left); resumeHint(dir) != want+hint {
			t.Errorf("%q, want %q", resumeHint(dir), want+hint)
		}
	}
}
