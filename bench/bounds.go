package bench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// What a run directory may hold: far more than any run leaves, and little enough
// that one which somebody made up can't fill the memory.
const (
	maxText         = 64 << 20 // bytes of a JSON file, a scenario or an input
	maxUncompressed = 16 << 30 // bytes of a file of hits or samples
	maxSampleLine   = 16 << 20 // bytes of a sample: 50,000 processes
	maxBlock        = 100_000
	maxSpans        = 10_000 // phases of a trial
)

// readBounded reads a file whole. A device or a pipe would never end.
func readBounded(path string, most int64) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readUpTo(f, path, most)
}

func readUpTo(r io.Reader, path string, most int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%s: more than %d bytes", path, most)
	}
	return text, err
}

// openRegular opens a file of the run directory.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: want a regular file, it is %v", path, info.Mode().Type())
	}
	return os.Open(path)
}

// capped is an error once more was read than may be.
type capped struct {
	r    io.Reader
	left int64
}

// Read implements io.Reader.
func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, errors.New("it holds more than any run leaves")
	}
	return n, err
}

// boundedLine reads a line without its end, of so many bytes at the most.
func boundedLine(r *bufio.Reader, most int) (line []byte, err error) {
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > most:
			return nil, fmt.Errorf("a line of more than %d bytes", most)
		case err == nil:
			return line[:len(line)-1], nil
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// check refuses a trial that no run can have left.
func (t *Trial) check(sc *Scenario) error {
	arms := map[string]bool{}
	for _, a := range sc.AllArms() {
		arms[a.Name] = true
	}
	switch {
	case t.Block < 1 || t.Block > maxBlock:
		return fmt.Errorf("block is %d: want 1 to %d", t.Block, maxBlock)
	case t.Position < 1 || t.Position > len(arms):
		return fmt.Errorf("position is %d: want 1 to %d, as many as the scenario has arms", t.Position, len(arms))
	case t.Arms < 0 || t.Arms > len(arms):
		return fmt.Errorf("arms is %d: want 1 to %d, the trials of its block", t.Arms, len(arms))
	case !arms[t.Variant]:
		return fmt.Errorf("variant is %.60q: the scenario has none of the name", t.Variant)
	case len(t.Phases) > maxSpans:
		return fmt.Errorf("%d phases: want at most %d", len(t.Phases), maxSpans)
	}
	times := []time.Time{t.Began, t.Ready, t.Ended, t.Load.Began}
	for _, s := range t.Phases {
		times = append(times, s.From, s.To)
	}
	for _, at := range times {
		if !at.IsZero() && (at.Year() < 1990 || at.Year() > 2200) {
			return fmt.Errorf("the time %s is in no year that a run can be of", at.Format(time.RFC3339))
		}
	}
	return nil
}
