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

// TestKept: the trials of a block that is not whole are run again, and not counted.
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
	if got := all.Kept(); got != len(all.Trials) {
		t.Errorf("of a whole run %d trials are kept, want %d", got, len(all.Trials))
	}
	first := 0
	for _, trial := range all.Trials {
		if trial.Block == 1 {
			first++
		}
	}
	hint := "; go on with: memproof run -resume " + dir
	for _, tt := range []struct {
		remove string
		want   string
	}{
		{"b02-*", fmt.Sprintf("%d trials are kept", first)},
		{"b01-1-*", "no block is whole yet"},
	} {
		found, err := filepath.Glob(filepath.Join(dir, "trials", tt.remove))
		if err != nil || len(found) == 0 {
			t.Fatalf("no %s: %v", tt.remove, err)
		}
		for _, path := range found {
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
		}
		if got := kept(dir); got != tt.want+hint {
			t.Errorf("without %s: %q, want %q", tt.remove, got, tt.want+hint)
		}
	}
}
