package gateway

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"
)

// configVariable names the settings file.
const configVariable = "GATEWAY_CONFIG"

// maxSettings bounds the settings file in bytes; a sensible one has some hundred.
const maxSettings = 64 << 10

// settable are the variables that the settings file may set: those that a reload can change, and the address, which a
// gunicorn.conf.py sets too and which gunicorn's HUP can't change either.
var settable = []string{
	"GUNICORN_WORKERS", "GUNICORN_BIND", "AI_URL", "GATEWAY_POOL", "GATEWAY_GC_TRACE", "GATEWAY_EXIT_MEMORY",
}

// unsettable are the others that Main documents, and why the file can't set them.
var unsettable = map[string]string{
	"DATABASE_URL":    "the scheduler and a preloaded catalogue keep the database that they began with",
	"AI_CA_PEM":       "a certificate takes more than one line",
	"GATEWAY_PPROF":   "the master keeps the port that it began with",
	"GATEWAY_PRELOAD": "the catalogue is built once, at the start",
	"GOMAXPROCS":      "the runtime takes it before any file is read",
	configVariable:    "a settings file names no other",
}

// settings are what a settings file says, each checked only for where it stands; the values are readEnvironment's to check.
type settings struct {
	path string
	set  map[string]setting // by name
}

type setting struct {
	value string
	line  int // from 1
}

// readSettings reads the file at path, which must be a regular one: the master waits for it, and a pipe may never end.
func readSettings(path string) (settings, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // or opening a pipe would wait for its writer
	if err != nil {
		return settings{}, fmt.Errorf("%s: %w", configVariable, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return settings{}, fmt.Errorf("%s: %w", configVariable, err)
	}
	if !info.Mode().IsRegular() {
		return settings{}, fmt.Errorf("%s: %s is no regular file", configVariable, path)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxSettings+1))
	if err != nil {
		return settings{}, fmt.Errorf("%s: %w", configVariable, err)
	}
	return parseSettings(path, string(text))
}

// parseSettings reads lines of NAME=VALUE. Empty lines, and those whose first character is a #, say nothing; space at either
// end of a line doesn't count. There are no quotes, no escapes and no comments behind a value. An empty value is the default,
// whatever the environment says. The error says path:LINE and what was expected, and repeats no value: it may be a secret in
// the wrong place.
func parseSettings(path, text string) (settings, error) {
	if len(text) > maxSettings {
		return settings{}, fmt.Errorf("%s: want at most %d bytes", path, maxSettings)
	}
	s := settings{path: path, set: map[string]setting{}}
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := s.add(line, n); err != nil {
			return settings{}, fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	return s, nil
}

func (s settings) add(line string, n int) error {
	name, value, found := strings.Cut(line, "=")
	if !found {
		return errors.New("want NAME=VALUE, a comment that begins with #, or nothing")
	}
	if why, known := unsettable[name]; known {
		return fmt.Errorf("%s can't be set here, only in the environment: %s", name, why)
	}
	if !slices.Contains(settable, name) {
		return fmt.Errorf("%q: want one of %s before the =", name, strings.Join(settable, ", "))
	}
	if earlier, twice := s.set[name]; twice {
		return fmt.Errorf("%s is set in line %d already, want it once", name, earlier.line)
	}
	if value != strings.TrimSpace(value) || !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		return fmt.Errorf("%s: want its value right behind the =, in printable characters", name)
	}
	s.set[name] = setting{value, n}
	return nil
}

// over looks into the file first.
func (s settings) over(lookup func(string) (string, bool)) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if own, ok := s.set[name]; ok {
			return own.value, true
		}
		return lookup(name)
	}
}

// locate adds where a variable was set whose value is wrong, if that is in the file.
func (s settings) locate(err error) error {
	var wrong variableError
	if !errors.As(err, &wrong) {
		return err
	}
	if own, ok := s.set[wrong.name]; ok {
		return fmt.Errorf("%s:%d: %w", s.path, own.line, err)
	}
	return err
}
