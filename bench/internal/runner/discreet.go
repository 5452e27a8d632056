package runner

import (
	"io"
	"path/filepath"

	"github.com/memproof/memproof/bench/internal/printable"
	"github.com/memproof/memproof/bench/scenario"
)

// discreet writes what a person may see: without the scenario's secrets, and
// without characters that a terminal obeys.
type discreet struct {
	w  io.Writer
	sc *scenario.Scenario
}

// Write implements io.Writer.
func (d discreet) Write(p []byte) (int, error) {
	if _, err := io.WriteString(d.w, printable.Text(d.sc.Redact(string(p)))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// discreetError is an error that may quote what a program or a daemon said.
type discreetError struct {
	error
	sc *scenario.Scenario
}

// Error is the message without secrets.
func (e discreetError) Error() string { return printable.Text(e.sc.Redact(e.error.Error())) }

// Unwrap returns the error.
func (e discreetError) Unwrap() error { return e.error }

// pathFrom is the path of a file as a run directory names it: from there on, so that
// a checkout may move, or where that can't be, from the root on.
func pathFrom(dir, path string) string {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	from, err := filepath.Abs(dir)
	if err != nil {
		return absolute
	}
	relative, err := filepath.Rel(from, absolute)
	if err != nil {
		return absolute
	}
	return relative
}
