package engine

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/scenario"
)

// logMode is that of what programs print, which may hold secrets that nobody knows
// of.
const logMode = files.PrivateFile

// createLog makes a log that only its owner may read, whatever was there.
func createLog(path string) (*os.File, error) {
	return openLog(path, os.O_TRUNC)
}

func openLog(path string, flag int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|flag, logMode)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// discreet is a log in which secrets are replaced as they are written. What could
// be the beginning of one is held back until it is known; no more, since a person
// waits for a line of the log that may have no end.
type discreet struct {
	w    io.WriteCloser
	sc   *scenario.Scenario
	held []byte
}

// discreetly wraps a log, where the scenario has secrets at all.
func discreetly(w io.WriteCloser, sc *scenario.Scenario) io.WriteCloser {
	if len(sc.SecretForms()) == 0 {
		return w
	}
	return &discreet{w: w, sc: sc}
}

// Write implements io.Writer.
func (d *discreet) Write(p []byte) (int, error) {
	d.held = append(d.held, p...)
	cut := d.whole(d.held, len(d.held)-d.begun(d.held))
	text := d.sc.Redact(string(d.held[:cut]))
	d.held = append(d.held[:0], d.held[cut:]...)
	if _, err := io.WriteString(d.w, text); err != nil {
		return 0, err
	}
	return len(p), nil
}

// whole moves a cut to before the secret that it would go through.
func (d *discreet) whole(text []byte, cut int) int {
	for moved := true; moved; {
		moved = false
		for _, form := range d.sc.SecretForms() {
			from, to := max(0, cut-len(form)+1), min(len(text), cut+len(form)-1)
			if at := bytes.Index(text[from:to], []byte(form)); at >= 0 {
				cut, moved = from+at, true
			}
		}
	}
	return cut
}

// begun is how many bytes at the end of a text begin a secret, at the most.
func (d *discreet) begun(text []byte) (most int) {
	for _, form := range d.sc.SecretForms() {
		for n := min(len(form)-1, len(text)); n > most; n-- {
			if bytes.HasSuffix(text, []byte(form[:n])) {
				most = n
			}
		}
	}
	return most
}

// Close writes what was held back.
func (d *discreet) Close() error {
	_, err := io.WriteString(d.w, d.sc.Redact(string(d.held)))
	d.held = nil
	return errors.Join(err, d.w.Close())
}

// redactLog replaces the secrets in a log that a process wrote by itself.
func redactLog(path string, sc *scenario.Scenario) error {
	if len(sc.SecretForms()) == 0 {
		return nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	clean := sc.Redact(string(text))
	if clean == string(text) {
		return nil
	}
	return os.WriteFile(path, []byte(clean), logMode)
}

// hideDSN makes the parts of a given Postgres' URL secrets that are none of
// anybody's business.
func hideDSN(sc *scenario.Scenario, dsn string) {
	u, err := url.Parse(dsn)
	if dsn == "" || err != nil {
		return
	}
	const as = "${" + dsnEnv + "}"
	sc.Hide(dsn, as)
	if password, ok := u.User.Password(); ok {
		sc.Hide(password, as)
	}
	for _, values := range u.Query() {
		for _, value := range values {
			sc.Hide(value, as)
		}
	}
}
