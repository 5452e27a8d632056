package hostinfo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/prometheus/procfs"
)

// Reader reads one machine.
type Reader struct {
	proc string // where procfs is mounted
	boot string
	// clocks and own are of the system; tests put others in their place.
	clocks func() (wall time.Time, up float64, err error)
	own    func() (seconds float64, err error)
}

// Open is a reader of the procfs that is mounted there, "/proc".
func Open(proc string) *Reader {
	r := &Reader{proc: proc, clocks: bothClocks, own: ownCPU}
	if id, err := os.ReadFile(filepath.Join(proc, "sys/kernel/random/boot_id")); err == nil {
		r.boot, _, _ = strings.Cut(strings.TrimSpace(string(id)), "-")
	}
	return r
}

// Now reads the machine's counts. PSI that the kernel does not give is nil,
// which is no error: a kernel may be built or booted without it.
func (r *Reader) Now() (*metric.Machine, error) {
	text, err := os.ReadFile(filepath.Join(r.proc, "stat"))
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
	files, err := procfs.NewFS(r.proc)
	if err != nil {
		return nil, err
	}
	for name, to := range map[string]**float64{"cpu": &m.PressureCPU, "memory": &m.PressureMemory, "io": &m.PressureIO} {
		if *to, err = r.pressure(files, name); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// pressure is for how many seconds any task waited. It is nil where the kernel has no
// PSI: the files are missing, or can't be opened where it was booted with psi=0 or a
// sandbox hides them.
func (r *Reader) pressure(files procfs.FS, name string) (*float64, error) {
	all, err := files.PSIStatsForResource(name)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, errors.ErrUnsupported):
		return nil, nil
	case err == nil && all.Some == nil:
		err = errors.New("it has no line some")
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(r.proc, "pressure", name), err)
	}
	seconds := float64(all.Some.Total) / 1e6
	return &seconds, nil
}
