package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/memproof/memproof/bench/internal/engine"
)

func TestMain(m *testing.M) {
	engine.WatchdogMain()
	testscript.Main(m, map[string]func(){"memproof": func() { os.Exit(mainStatus()) }, "interrupted-twice": interruptedTwice})
}

// TestScripts runs the command as a person would; see testdata.
func TestScripts(t *testing.T) {
	reference, err := filepath.Abs("../../../reports/reference")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("REFERENCE", reference) // a run that is over
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status},
	})
}

// status N COMMAND... runs a command and wants that exit status.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%v exited with status %d, want %d", args[1:], got, want)
	}
}
