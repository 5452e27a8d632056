package measure

import (
	"bufio"
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

// maxHeldOffset is how far into the log that line is searched for, in bytes.
const maxHeldOffset = 64 << 10

// log sets the injected amount, and counts the lines of the variant's log that contain
// the scenario's texts, from its start to its end. A line may have any length. If the
// log lacks [HeldLine], the control reports that.
func (m *measurement) log() error {
	added := m.trial.Added
	if added != nil && added.Bytes == 0 {
		m.out.Added = &added.Seconds
	}
	search := added != nil && added.Bytes > 0 // for HeldLine
	if !search && len(m.scenario.LogLines) == 0 {
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
	counts := map[string]float64{}
	for lines, offset := bufio.NewReader(f), 0; ; {
		line, err := lines.ReadString('\n')
		offset += len(line)
		if text, ok := strings.CutPrefix(line, HeldLine); ok && search && offset <= maxHeldOffset {
			held, err := strconv.ParseUint(strings.TrimSpace(text), 10, 53)
			if err != nil {
				return fmt.Errorf("%s: %q is not a number of bytes", f.Name(), text)
			}
			m.out.Added, search = new(float64(held)), false
		}
		for name, text := range m.scenario.LogLines {
			if strings.Contains(line, text) {
				counts[name]++
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	for name := range m.scenario.LogLines {
		m.set(metric.Name(metric.LogPrefix+name), counts[name])
	}
	return nil
}
