package hostinfo

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// Reader reads one machine, for one goroutine at a time.
type Reader struct {
	proc string // where procfs is mounted
	boot string
	// kept are the files that are read with every sample, by name. They stay open:
	// to open and close one costs several times as much as to read it.
	kept map[string]*os.File
	buf  []byte
	// clocks and own are of the system; tests put others in their place.
	clocks func() (wall time.Time, up float64, err error)
	own    func() (seconds float64, err error)
}

// Open is a reader of the procfs that is mounted there, "/proc".
func Open(proc string) *Reader {
	r := &Reader{proc: proc, kept: map[string]*os.File{}, clocks: bothClocks, own: ownCPU}
	if id, err := os.ReadFile(filepath.Join(proc, "sys/kernel/random/boot_id")); err == nil {
		r.boot, _, _ = strings.Cut(strings.TrimSpace(string(id)), "-")
	}
	return r
}

// Now reads the machine's counts. PSI that the kernel does not give is nil,
// which is no error: a kernel may be built or booted without it.
func (r *Reader) Now() (*metric.Machine, error) {
	text, err := r.read("stat")
	if err != nil {
		return nil, err
	}
	t, err := parseStat(text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(r.proc, "stat"), err)
	}
	interrupts := float64(t.interrupts) / ticksPerSecond
	m := &metric.Machine{Boot: r.boot, Interrupts: &interrupts, Busy: float64(t.busy) / ticksPerSecond, Steal: float64(t.steal) / ticksPerSecond}
	if m.Wall, m.Up, err = r.clocks(); err != nil {
		return nil, err
	}
	if m.Sampler, err = r.own(); err != nil {
		return nil, err
	}
	for name, to := range map[string]**float64{"cpu": &m.PressureCPU, "memory": &m.PressureMemory, "io": &m.PressureIO} {
		if *to, err = r.pressure(name); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// pressure is nil where the kernel has no PSI: the files are missing, or can't
// be opened where it was booted with psi=0 or a sandbox hides them.
func (r *Reader) pressure(name string) (*float64, error) {
	file := filepath.Join("pressure", name)
	text, err := r.read(file)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s, err := parsePressure(text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(r.proc, file), err)
	}
	return &s, nil
}

// Close closes what is kept open.
func (r *Reader) Close() error {
	var errs []error
	for _, f := range r.kept {
		errs = append(errs, f.Close())
	}
	clear(r.kept)
	return errors.Join(errs...)
}

// read reads a file from its beginning, where the kernel makes the text anew. What
// it returns is good until the next read.
func (r *Reader) read(name string) ([]byte, error) {
	f := r.kept[name]
	if f == nil {
		var err error
		if f, err = os.Open(filepath.Join(r.proc, name)); err != nil {
			return nil, err // names the path
		}
		r.kept[name] = f
	}
	r.buf = r.buf[:0]
	for {
		r.buf = slices.Grow(r.buf, 4096)
		n, err := f.ReadAt(r.buf[len(r.buf):cap(r.buf)], int64(len(r.buf)))
		r.buf = r.buf[:len(r.buf)+n]
		if errors.Is(err, io.EOF) {
			return r.buf, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
