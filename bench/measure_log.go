package bench

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// logLines counts the lines of the variant's log that the scenario names, from
// its start to its end.
func (m *measurement) logLines() error {
	if len(m.scenario.LogLines) == 0 {
		return nil
	}
	f, err := os.Open(filepath.Join(m.trial.dir, VariantLog))
	if errors.Is(err, fs.ErrNotExist) {
		for name := range m.scenario.LogLines {
			m.absent(Metric(logPrefix+name), "the variant left no log")
		}
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	counts, err := countLines(f, m.scenario.LogLines)
	for name := range m.scenario.LogLines {
		m.set(Metric(logPrefix+name), counts[name])
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
