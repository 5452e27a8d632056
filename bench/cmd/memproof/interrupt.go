package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/record"
)

// beforeExit is the context's key for the function to call before a second interrupt
// ends the process.
type beforeExit struct{}

// interruptible returns a context that the first interrupt ends. The second interrupt
// calls the function of [setBeforeExit] and ends the process at once. Then the watchdog
// removes what the process started.
func interruptible(ctx context.Context) (_ context.Context, stop func()) {
	var before atomic.Pointer[func()]
	ctx, cancel := context.WithCancel(context.WithValue(ctx, beforeExit{}, &before))
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		if f := before.Load(); f != nil {
			(*f)()
		}
		os.Exit(exitInterrupted)
	}()
	return ctx, func() { signal.Stop(signals); cancel() }
}

// setBeforeExit does nothing if the context is not from [interruptible].
func setBeforeExit(ctx context.Context, f func()) {
	if before, ok := ctx.Value(beforeExit{}).(*atomic.Pointer[func()]); ok {
		before.Store(&f)
	}
}

// interruption describes where an interrupt came and how to resume the run. Further
// lines are the other errors. err may be nil.
func interruption(err error, hint string) string {
	text := "interrupted"
	if at := (experiment.TrialError{}); errors.As(err, &at) {
		text += fmt.Sprintf(" in block %d, trial %d", at.Block, at.Trial)
	}
	if hint != "" {
		text += "; " + hint
	}
	if err == nil {
		return text
	}
	for line := range strings.Lines(err.Error()) {
		if !strings.Contains(line, context.Canceled.Error()) {
			text += "\n" + strings.TrimSuffix(line, "\n")
		}
	}
	return text
}

// resumeHint says how many trials of a run are kept and how to resume it; empty if there
// are none.
func resumeHint(dir string) string {
	run, err := record.OpenRun(dir)
	if err != nil || len(run.Trials) == 0 {
		return ""
	}
	return fmt.Sprintf("finished trials on disk: %d; resume with: memproof run -resume %s", len(run.Trials), dir)
}
