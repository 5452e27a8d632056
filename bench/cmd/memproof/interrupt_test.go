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
	setLastWords(ctx, func() { fmt.Fprintln(os.Stderr, "last words") })
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
	const hint = "1 trial is kept; go on with: memproof run -resume reports/x"
	at := func(err error) error { return experiment.TrialError{Block: 2, Trial: 3, Err: err} }
	failed := errors.New("remove container: busy")
	for _, tt := range []struct {
		name string
		err  error
		kept string
		want string
	}{
		{"in a trial", at(context.Canceled), hint, "interrupted in block 2, trial 3; " + hint},
		{"nothing kept", at(context.Canceled), "", "interrupted in block 2, trial 3"},
		{"before the first", fmt.Errorf("build: %w", context.Canceled), "", "interrupted"},
		{"twice", nil, hint, "interrupted; " + hint},
		{"the end failed too", at(errors.Join(fmt.Errorf("stop container: %w", context.Canceled), failed)), hint, "interrupted in block 2, trial 3; " + hint + "\nremove container: busy"},
		{"as the command prints it", interruptedRun{at(context.Canceled), hint}, "", "interrupted in block 2, trial 3; " + hint},
	} {
		if got := interruption(tt.err, tt.kept); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestKept: every trial that is on disk is kept.
func TestKept(t *testing.T) {
	if got := kept(t.TempDir()); got != "" {
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
	hint := "; go on with: memproof run -resume " + dir
	for left := len(all.Trials) - 1; left > 0; left -= 7 {
		for _, trial := range all.Trials[left:] {
			if err := os.RemoveAll(trial.Dir); err != nil {
				t.Fatal(err)
			}
		}
		if want := fmt.Sprintf("%d trials are kept", left); left > 1 && kept(dir) != want+hint {
			t.Errorf("%q, want %q", kept(dir), want+hint)
		}
	}
}
