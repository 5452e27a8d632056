package runner

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/generator"
	"github.com/memproof/memproof/bench/internal/printable"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/input"
)

// ReadScenario reads a scenario and checks all that can be checked without starting
// anything. The variables that ${env.NAME} takes need not be set.
func ReadScenario(path string) (*scenario.Scenario, error) { return read(path, inputs(path)) }

// read returns the scenario to run. A resumed run keeps its engine. The error is
// [BadInput].
func (o *Options) read() (sc *scenario.Scenario, err error) {
	if o.Resume {
		sc, err = readRun(o.Dir)
	} else {
		sc, err = readWithEnv(o.Scenario)
	}
	if err == nil && o.Resume && o.Engine == engine.Auto {
		o.Engine, err = engineOf(o.Dir)
	}
	if err != nil {
		return nil, BadInput{err}
	}
	return sc, nil
}

// readRun reads the scenario of a run directory, and from its source what a run
// directory does not keep.
func readRun(dir string) (*scenario.Scenario, error) {
	in, err := record.ResumeInputs(dir, readWithEnv)
	if err != nil {
		return nil, err
	}
	in.Env = os.LookupEnv
	return read(filepath.Join(dir, "scenario.yaml"), in)
}

func readWithEnv(path string) (*scenario.Scenario, error) {
	in := inputs(path)
	in.Env = os.LookupEnv
	return read(path, in)
}

func inputs(path string) scenario.Inputs {
	root, _ := moduleRoot() // without one, builds are not checked and no run begins
	return scenario.Inputs{Dir: filepath.Dir(path), Trace: input.ReadTrace, Targets: input.ReadTargets, Builds: root}
}

func read(path string, in scenario.Inputs) (*scenario.Scenario, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sc, err := in.ParseScenario(path, text)
	if err != nil {
		return nil, err
	}
	if err := generator.Check(sc.Load); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return sc, nil
}

// moduleRoot returns the directory of the go.mod that holds the working directory. The
// build paths of a scenario are relative to it.
func moduleRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod in %s or above: run memproof in a checkout, because it builds the variants and the sampler", start)
		}
	}
}

// redactedWriter removes the scenario's secrets, and characters that control a terminal.
type redactedWriter struct {
	w  io.Writer
	sc *scenario.Scenario
}

// Write implements [io.Writer].
func (r redactedWriter) Write(p []byte) (int, error) {
	if _, err := io.WriteString(r.w, printable.Text(r.sc.Redact(string(p)))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// redactedError is an error that may quote a program or a daemon.
type redactedError struct {
	error
	sc *scenario.Scenario
}

// Error returns the message without secrets.
func (e redactedError) Error() string { return printable.Text(e.sc.Redact(e.error.Error())) }

// Unwrap returns the error.
func (e redactedError) Unwrap() error { return e.error }
