package hostinfo

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/internal/ostime"
	"github.com/memproof/memproof/bench/metric"
	"golang.org/x/sys/unix"
)

// Reader reads the counters of one machine.
type Reader struct {
	proc string // where procfs is mounted
	boot string // the first part of the boot id; empty if it can't be read
	open map[string]*os.File
	text [1024]byte
	// Tests replace the two.
	clocks func() (wall time.Time, up float64, err error)
	cpu    func() time.Duration
}

// Open returns a reader of the procfs that is mounted at proc, such as "/proc".
func Open(proc string) *Reader {
	boot, _, _ := strings.Cut(firstLine(proc, "sys/kernel/random/boot_id"), "-")
	return &Reader{proc: proc, boot: boot, open: map[string]*os.File{}, clocks: bothClocks, cpu: ostime.ProcessCPU}
}

// Now reads the machine's counters. PSI that the kernel does not provide is nil, which
// is not an error: a kernel may be built or booted without it.
func (r *Reader) Now() (*metric.Machine, error) {
	m := &metric.Machine{Boot: r.boot}
	line, err := r.firstLine("stat")
	if err != nil {
		return nil, err
	}
	if err := parseStat(line, m); err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(r.proc, "stat"), err)
	}
	if m.Wall, m.Up, err = r.clocks(); err != nil {
		return nil, err
	}
	m.Sampler = r.cpu().Seconds()
	for _, p := range []struct {
		name string
		to   **float64
	}{{"cpu", &m.PressureCPU}, {"memory", &m.PressureMemory}, {"io", &m.PressureIO}} {
		if *p.to, err = r.pressure(p.name); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// parseStat reads the first line of /proc/stat, the times of all processors in ticks
// (proc_stat(5)). Busy is user, nice, system, irq and softirq; the time of guests is
// in user and nice already. [procfs.FS.Stat] parses the counts of every interrupt too,
// and reads a missing field as 0.
func parseStat(line string, m *metric.Machine) error {
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" { // steal, the last, is there since Linux 2.6.11
		return fmt.Errorf("%.80q: want cpu and at least 8 numbers", line)
	}
	var ticks [8]uint64 // user nice system idle iowait irq softirq steal
	for i := range ticks {
		var err error
		if ticks[i], err = strconv.ParseUint(fields[i+1], 10, 60); err != nil { // so that no sum overflows
			return fmt.Errorf("field %d of %.80q: %w", i+1, line, err)
		}
	}
	m.Interrupts = new(float64(ticks[5]+ticks[6]) / ostime.TicksPerSecond)
	m.Busy = float64(ticks[0]+ticks[1]+ticks[2]+ticks[5]+ticks[6]) / ostime.TicksPerSecond
	m.Steal = float64(ticks[7]) / ostime.TicksPerSecond
	return nil
}

// pressure returns for how many seconds any task has waited for a resource, since boot
// (Documentation/accounting/psi.rst). It is nil if the kernel has no PSI: the file is
// missing, or can't be opened because of psi=0 or a sandbox.
func (r *Reader) pressure(resource string) (*float64, error) {
	name := filepath.Join("pressure", resource)
	some, err := r.firstLine(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	before, total, _ := strings.Cut(some, " total=")
	µs, err := strconv.ParseUint(total, 10, 64)
	if err != nil || !strings.HasPrefix(before, "some ") {
		const want = "want a line such as some avg10=0.00 avg60=0.00 avg300=0.00 total=12"
		return nil, fmt.Errorf("read %s: %q: %s", filepath.Join(r.proc, name), some, want)
	}
	return new(float64(µs) / 1e6), nil
}

// firstLine returns the first line of a file of procfs, which is below 1 KiB. The file
// stays open: to open and close it costs several times as much as to read it.
func (r *Reader) firstLine(name string) (string, error) {
	f := r.open[name]
	if f == nil {
		var err error
		if f, err = os.Open(filepath.Join(r.proc, name)); err != nil {
			return "", err
		}
		r.open[name] = f
	}
	n, err := f.ReadAt(r.text[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	line, _, _ := strings.Cut(string(r.text[:n]), "\n")
	return line, nil
}

// bothClocks reads the wall clock and CLOCK_BOOTTIME, in seconds, at one instant.
// A thread that loses its processor between two readings would report a clock step
// that did not happen. So it reads the wall clock between two readings of the other,
// and takes the closest pair of three tries.
func bothClocks() (wall time.Time, up float64, err error) {
	closest := int64(math.MaxInt64)
	for range 3 {
		before, err1 := boottime()
		w := time.Now()
		after, err2 := boottime()
		if err1 != nil || err2 != nil {
			return time.Time{}, 0, fmt.Errorf("read CLOCK_BOOTTIME: %w", errors.Join(err1, err2))
		}
		if after-before < closest {
			closest, wall, up = after-before, w, float64(before+(after-before)/2)/1e9
		}
	}
	return wall.Round(0).UTC(), up, nil
}

// clockBoottime is CLOCK_BOOTTIME of clock_gettime(2), which only Linux has.
const clockBoottime = 7

func boottime() (ns int64, err error) {
	var ts unix.Timespec
	err = unix.ClockGettime(clockBoottime, &ts)
	return ts.Nano(), err
}
