package sampler

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// peakFile is memory.peak as Linux 6.12 keeps it for one descriptor.
type peakFile struct {
	usage, mark uint64
	broken      error // of writes
	text        string
}

// use lets usage rise to high and come back.
func (p *peakFile) use(high, then uint64) { p.usage, p.mark = then, max(p.mark, high) }

func (p *peakFile) ReadAt(b []byte, off int64) (int, error) {
	text := p.text
	if text == "" {
		text = fmt.Sprintln(p.mark)
	}
	return copy(b, text[off:]), io.EOF
}

func (p *peakFile) WriteAt(b []byte, _ int64) (int, error) {
	p.mark = p.usage
	return len(b), p.broken
}

func TestEachSampleHasThePeakSinceTheLast(t *testing.T) {
	f := &peakFile{usage: 6000, mark: 9000} // a high from before the sampler began
	c, err := openCgroup(v2Files.dir())
	if err != nil {
		t.Fatal(err)
	}
	c.peak = &peakMark{file: f, name: "peak"}
	var got []*uint64
	for _, high := range []uint64{6000, 7000, 6500, 6000} {
		f.use(high, 6000)
		a, err := c.account()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, a.PeakSince)
	}
	if want := []*uint64{nil, new(uint64(7000)), new(uint64(6500)), new(uint64(6000))}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPeakRefuses(t *testing.T) {
	readOnly := errors.New("read-only file system")
	p := &peakMark{file: &peakFile{broken: readOnly}, name: "peak"}
	if v, err := p.since(); v != nil || !errors.Is(err, readOnly) {
		t.Errorf("got %v, %v", v, err)
	}
	p = &peakMark{file: &peakFile{text: "max\n"}, name: "peak", reset: true}
	if v, err := p.since(); v != nil || err == nil || err.Error() != `read peak: strconv.ParseUint: parsing "max": invalid syntax` {
		t.Errorf("got %v, %v", v, err)
	}
}

// If the file can't be written, before Linux 6.12 not even by root, there is no
// mark to set back.
func TestPeakThatCannotBeSetBack(t *testing.T) {
	if p := openPeak(filepath.Join(t.TempDir(), "memory.peak")); p != nil {
		t.Error("a file that is not there was opened")
	}
	dir := filepath.Join(t.TempDir(), "memory.peak") // can't be opened for writing
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if p := openPeak(dir); p != nil {
		t.Error("a file that can't be written was opened")
	}
}
