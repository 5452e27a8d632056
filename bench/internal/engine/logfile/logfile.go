// Package logfile has the logs of programs: files that only their owner may read, in
// which the secrets of a scenario are replaced.
package logfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/scenario"
)

// Mode keeps other users out: programs may print secrets that no scenario names.
const Mode = files.PrivateFile

// Create makes an empty log.
func Create(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, Mode)
}

// Append opens a log at its end, and makes it where there is none.
func Append(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, Mode)
}

// redacting is a log in which secrets are replaced as they are written. It holds back
// what could be the beginning of a secret, but no more: a start may wait for text of an
// unfinished line.
type redacting struct {
	w    io.WriteCloser
	sc   *scenario.Scenario
	held []byte
}

// Redacting returns a writer to the log that replaces the scenario's secrets.
func Redacting(w io.WriteCloser, sc *scenario.Scenario) io.WriteCloser {
	if len(sc.SecretForms()) == 0 {
		return w
	}
	return &redacting{w: w, sc: sc}
}

// Write implements io.Writer.
func (r *redacting) Write(p []byte) (int, error) {
	r.held = append(r.held, p...)
	cut := r.whole(r.held, len(r.held)-r.begun(r.held))
	text := r.sc.Redact(string(r.held[:cut]))
	r.held = append(r.held[:0], r.held[cut:]...)
	if _, err := io.WriteString(r.w, text); err != nil {
		return 0, err
	}
	return len(p), nil
}

// whole moves a cut inside a secret to before the secret.
func (r *redacting) whole(text []byte, cut int) int {
	for moved := true; moved; {
		moved = false
		for _, form := range r.sc.SecretForms() {
			from, to := max(0, cut-len(form)+1), min(len(text), cut+len(form)-1)
			if at := bytes.Index(text[from:to], []byte(form)); at >= 0 {
				cut, moved = from+at, true
			}
		}
	}
	return cut
}

// begun returns the length of the longest end of a text that begins a secret, in bytes.
func (r *redacting) begun(text []byte) (most int) {
	for _, form := range r.sc.SecretForms() {
		for n := min(len(form)-1, len(text)); n > most; n-- {
			if bytes.HasSuffix(text, []byte(form[:n])) {
				most = n
			}
		}
	}
	return most
}

// Close writes the rest.
func (r *redacting) Close() error {
	_, err := io.WriteString(r.w, r.sc.Redact(string(r.held)))
	r.held = nil
	return errors.Join(err, r.w.Close())
}

// RedactFile replaces the secrets in a log that a process wrote by itself.
func RedactFile(path string, sc *scenario.Scenario) error {
	if len(sc.SecretForms()) == 0 {
		return nil // logs are large
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	clean := sc.Redact(string(text))
	if clean == string(text) {
		return nil
	}
	return os.WriteFile(path, []byte(clean), Mode)
}
