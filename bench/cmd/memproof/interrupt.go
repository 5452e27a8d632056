package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/record"
)

// interruptible is a context that the first interrupt ends. A second one ends
// this process at once, after the last words of the command; the watchdog then
// removes what it had started.
func interruptible(ctx context.Context) (_ context.Context, stop func()) {
	last := &lastWords{}
	ctx, cancel := context.WithCancel(context.WithValue(ctx, lastWordsKey{}, last))
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		last.speak()
		os.Exit(exitInterrupted)
	}()
	return ctx, func() { signal.Stop(signals); cancel() }
}

// lastWords are what a command tells when it is ended at once.
type lastWords struct {
	mu  sync.Mutex
	say func()
}

type lastWordsKey struct{}

func (l *lastWords) speak() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.say != nil {
		l.say()
	}
}

// setLastWords is for a context of [interruptible], and does nothing for others.
func setLastWords(ctx context.Context, say func()) {
	if l, ok := ctx.Value(lastWordsKey{}).(*lastWords); ok {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.say = say
	}
}

// interruptedRun is the error of a run that a person interrupted, with what is
// kept of it.
type interruptedRun struct {
	error
	kept string
}

// Error says where the run was and how to go on.
func (e interruptedRun) Error() string { return interruption(e.error, e.kept) }

// Unwrap returns the error that ended the run.
func (e interruptedRun) Unwrap() error { return e.error }

// interruption says where an interrupt came and what is kept, and on further lines
// what else went wrong. err may be nil.
func interruption(err error, kept string) string {
	if known := (interruptedRun{}); errors.As(err, &known) {
		return known.Error()
	}
	text := "interrupted"
	if at := (experiment.TrialError{}); errors.As(err, &at) {
		text += fmt.Sprintf(" in block %d, trial %d", at.Block, at.Trial)
	}
	if kept != "" {
		text += "; " + kept
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

// kept says how much of a run is kept and how to go on with it; empty where
// nothing is.
func kept(dir string) string {
	run, err := record.OpenRun(dir)
	if err != nil || len(run.Trials) == 0 {
		return ""
	}
	so := "1 trial is kept"
	if n := len(run.Trials); n > 1 {
		so = fmt.Sprintf("%d trials are kept", n)
	}
	return so + "; go on with: memproof run -resume " + dir
}
