package sampler

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// peakMark is the kernel's mark of the highest usage of a cgroup v2, held open:
// what is written to memory.peak sets the mark back to the present usage for
// the readers of that descriptor alone (since Linux 6.12,
// Documentation/admin-guide/cgroup-v2.rst). Set back at each sample, the marks
// of a window's samples together miss nothing between the first and the last.
type peakMark struct {
	file interface {
		io.ReaderAt
		io.WriterAt
	}
	name string // as errors name it
	set  bool   // back, so that the next reading is of the time since
}

// openPeak is nil where the mark can't be set back: under cgroup v1 and before
// Linux 6.12 nobody may write the file, and most containers see a cgroup file
// system that is mounted read-only.
func openPeak(path string) *peakMark {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil
	}
	return &peakMark{file: f, name: path} // open for as long as the sampler lives
}

// since is the highest usage since the call before, nil at the first one.
func (p *peakMark) since() (*uint64, error) {
	var high *uint64
	if p.set {
		v, err := p.read()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", p.name, err)
		}
		high = &v
	}
	if _, err := p.file.WriteAt([]byte("reset"), 0); err != nil { // any text will do
		return nil, fmt.Errorf("write %s: %w", p.name, err)
	}
	p.set = true
	return high, nil
}

func (p *peakMark) read() (uint64, error) {
	var text [32]byte
	n, err := p.file.ReadAt(text[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	return parseNumber(text[:n])
}
