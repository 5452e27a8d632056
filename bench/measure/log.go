package measure

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// HeldLine is what the process that holds memory beside a variant prints to the
// variant's log before the variant starts: the bytes that it has by its own smaps.
const HeldLine = "memproof: held beside the program, bytes: "

// held takes what was added from outside: of memory that line in the log, which a
// reader can check against the samples of the holder.
func (m *measurement) held() error {
	switch add := m.trial.Added; {
	case add == nil:
		return nil
	case add.Bytes == 0:
		m.out.Added = &add.Seconds
		return nil
	}
	f, err := os.Open(filepath.Join(m.trial.Dir, record.VariantLog))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, heldWithin))
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), HeldLine); ok {
			bytes, err := strconv.ParseUint(strings.TrimSpace(text), 10, 53)
			if err != nil {
				return fmt.Errorf("%s: %q is no number of bytes", f.Name(), text)
			}
			held := float64(bytes)
			m.out.Added = &held
			return nil
		}
	}
	return nil // a line too long, or none: the control says that it is missing
}

// heldWithin is how far into the log the line may stand, in bytes: it is the first.
const heldWithin = 64 << 10

// logLines counts the lines of the variant's log that the scenario names, from
// its start to its end.
func (m *measurement) logLines() error {
	if len(m.scenario.LogLines) == 0 {
		return nil
	}
	f, err := os.Open(filepath.Join(m.trial.Dir, record.VariantLog))
	if errors.Is(err, fs.ErrNotExist) {
		for name := range m.scenario.LogLines {
			m.absent(metric.Name(metric.LogPrefix+name), "the variant left no log")
		}
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	counts, err := countLines(f, m.scenario.LogLines)
	for name := range m.scenario.LogLines {
		m.set(metric.Name(metric.LogPrefix+name), counts[name])
	}
	return err
}

// countLines says how many lines hold each text. A line may be of any length.
func countLines(r io.Reader, texts map[string]string) (map[string]float64, error) {
	counts := map[string]float64{}
	for lines := bufio.NewReader(r); ; {
		line, err := lines.ReadBytes('\n')
		for name, text := range texts {
			if bytes.Contains(line, []byte(text)) {
				counts[name]++
			}
		}
		if errors.Is(err, io.EOF) {
			return counts, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
