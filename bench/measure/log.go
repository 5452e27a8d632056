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

// HeldLine begins the first line of the variant's log in a trial with injected memory.
// The process that holds the memory prints it before the variant starts, with the bytes
// that it has by its own smaps.
const HeldLine = "memproof: held beside the program, bytes: "

// held sets the injected amount. For memory it comes from that line in the log, which a
// reader can compare with the samples of the holder.
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
	return nil // the line is missing or too long: the control reports that
}

// heldWithin is how far into the log the line is searched for, in bytes: it comes
// first.
const heldWithin = 64 << 10

// logLines counts the lines of the variant's log that contain the scenario's texts,
// from its start to its end.
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

// countLines counts the lines that contain each text. A line may have any length.
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
