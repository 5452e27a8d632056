package sampler

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// peakMark is memory.peak, the highest usage of a cgroup v2, held open: what is written
// to it resets the mark to the present usage for this descriptor alone (since Linux
// 6.12, Documentation/admin-guide/cgroup-v2.rst). Reset at each sample, the marks of a
// window's samples together miss nothing between the first and the last.
type peakMark struct {
	file interface {
		io.ReaderAt
		io.WriterAt
	}
	name  string // as errors name it
	reset bool   // so the next reading is of the time since
}

// openPeak returns nil if the mark can't be reset: under cgroup v1 and before Linux
// 6.12 the file is read-only, and most containers mount the cgroup file system
// read-only. The file stays open for as long as the sampler lives.
func openPeak(path string) *peakMark {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil
	}
	return &peakMark{file: f, name: path}
}

// since returns the highest usage since the last call, nil at the first one.
func (p *peakMark) since() (peak *uint64, err error) {
	if p.reset {
		var text [32]byte
		n, err := p.file.ReadAt(text[:], 0)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read %s: %w", p.name, err)
		}
		v, err := parseNumber(text[:n])
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", p.name, err)
		}
		peak = &v
	}
	if _, err := p.file.WriteAt([]byte("reset"), 0); err != nil { // any text will do
		return nil, fmt.Errorf("write %s: %w", p.name, err)
	}
	p.reset = true
	return peak, nil
}
