package engine

import (
	"bufio"
	"context"
	"errors"
	"math"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"golang.org/x/sys/unix"
)

// The amounts that the holder must hold, in MiB, see its documentation. No two sums
// below are equal, so that no figure can pass for another.
const (
	holders, forks                             = 4, 3
	private, huge, memfd, file, forked, cached = 32, 16, 32, 24, 36, 16
)

// holderProcesses are the master, the equal children, the one that forks, and
// its forks.
const holderProcesses = 1 + holders + 1 + forks

// TestSampledFiguresAreWhatIsHeld: each figure, as the engine's own sampler
// delivers it, grows by what the processes took, within 1%. It is the growth
// that is compared since the program itself needs a few megabytes; before the
// first sample it has rehearsed.
func TestSampledFiguresAreWhatIsHeld(t *testing.T) {
	onEach(t, func(t *testing.T, kind Name) {
		h := startHolder(t, kind)
		h.order(t, 'r')
		before := h.sample(t)
		h.order(t, 'h')
		after := h.sample(t)
		for _, f := range heldByProcesses {
			f.check(t, before, after)
		}
		if kind == Docker {
			for _, f := range heldByContainer {
				f.check(t, before, after)
			}
		}
		checkHuge(t, before, after)
	})
}

// figure is one of a sample, in bytes, and by how many MiB it must grow.
type figure struct {
	name string
	of   func(metric.Sample) float64
	want float64
}

func (f figure) check(t *testing.T, before, after metric.Sample) {
	t.Helper()
	grown := (f.of(after) - f.of(before)) / (1 << 20)
	t.Logf("%s grew by %.2f MiB, %.2f were taken", f.name, grown, f.want)
	if math.Abs(grown-f.want) > 0.01*f.want {
		t.Errorf("%s grew by %.2f MiB, the processes took %.2f", f.name, grown, f.want)
	}
}

var heldByProcesses = []figure{
	{"the sum of RSS", func(s metric.Sample) float64 { v, _ := s.RSS(); return float64(v) }, holders*(private+huge+memfd+file) + (1+forks)*forked},
	{"the sum of PSS", func(s metric.Sample) float64 { v, _ := s.PSS(); return float64(v) }, anonHeld + memfd + file},
	{"the sum of USS", sumOf(func(p metric.Process) *uint64 { return p.USS }), holders * (private + huge)},
	{"PSS of anonymous memory", sumOf(func(p metric.Process) *uint64 { return p.PSSAnon }), anonHeld},
	{"PSS of files", sumOf(func(p metric.Process) *uint64 { return p.PSSFile }), file},
	{"PSS of shared memory", sumOf(func(p metric.Process) *uint64 { return p.PSSShmem }), memfd},
	{"USS of a worker", worker(func(p metric.Process) *uint64 { return p.USS }), private + huge},
	{"PSS of a worker", worker(func(p metric.Process) *uint64 { return p.PSS }), private + huge + float64(memfd+file)/holders},
}

const anonHeld = holders*(private+huge) + forked

var heldByContainer = []figure{
	{"the container's anon", func(s metric.Sample) float64 { return float64(s.Cgroup.Anon) }, anonHeld},
	{"its shmem", func(s metric.Sample) float64 { return float64(s.Cgroup.Shmem) }, memfd},
	{"its file", func(s metric.Sample) float64 { return float64(s.Cgroup.File) }, file + cached},
	{"its mapped", func(s metric.Sample) float64 { return float64(*s.Cgroup.Mapped) }, file + memfd},
	{"its memory", func(s metric.Sample) float64 { v, _ := s.Cgroup.Charged(); return float64(v) }, anonHeld + memfd + pageTables},
	{"its usage", func(s metric.Sample) float64 { return float64(s.Cgroup.Usage) }, anonHeld + memfd + file + cached + pageTables},
}

// pageTables are 8 bytes for each small page that a process maps; for a huge
// page the kernel keeps a table in reserve. What else the kernel charges, up to
// 110 bytes for each page of a file, depends on the file system and is left to
// the 1%.
const pageTables = float64(holders*(private+huge+memfd+file)+(1+forks)*forked) * 8 / 4096

func sumOf(figure func(metric.Process) *uint64) func(metric.Sample) float64 {
	return func(s metric.Sample) (sum float64) {
		for _, p := range s.Processes {
			sum += float64(*figure(p))
		}
		return sum
	}
}

// worker is the figure of the second of the equal children.
func worker(figure func(metric.Process) *uint64) func(metric.Sample) float64 {
	return func(s metric.Sample) float64 { return float64(*figure(s.Workers()[1])) }
}

// checkHuge wants huge pages where the machine gives them at all. One whose
// memory is in pieces may run out of them.
func checkHuge(t *testing.T, before, after metric.Sample) {
	t.Helper()
	huges := sumOf(func(p metric.Process) *uint64 { return p.AnonHuge })
	if huges(after) == huges(before) {
		t.Log("NOT CHECKED: this machine gave no huge pages")
		return
	}
	figure{"memory in huge pages", huges, holders * huge}.check(t, before, after)
}

// holder is the program and its sampler.
type holder struct {
	session *Session
	proc    backend.Process
	port    int
	feed    *backend.Feed
}

// startHolder starts them with the engine's own parts, without a database.
func startHolder(t *testing.T, kind Name) *holder {
	t.Helper()
	p := backend.Program{Who: "the test", Fact: "holder", Program: scenario.Program{Build: testProgram("holder")}}
	if kind == Docker { // a Go program has no disk in a container, but a volume
		p.Build = imageOf(t, "holder", "VOLUME /data\n")
	}
	s := openBare(t, kind, p)
	port, err := s.backend.Port(8000)
	if err != nil {
		t.Fatal(err)
	}
	sp := backend.Spec{Program: p, Name: "holder", Ports: []int{port}, Log: filepath.Join(t.TempDir(), "holder.log")}
	dir := "/data"
	if kind == Host {
		dir = onDisk(t)
	}
	sp.Args = []string{"-listen", s.backend.ListenHost() + ":" + strconv.Itoa(port), "-dir", dir}
	for name, n := range map[string]int{
		"children": holders, "forks": forks, "private": private, "huge": huge, "memfd": memfd, "file": file, "forked": forked, "cache": cached,
	} {
		sp.Args = append(sp.Args, "-"+name, strconv.Itoa(n))
	}
	h := &holder{session: s, port: port}
	if h.proc, err = s.backend.Start(t.Context(), sp); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := h.proc.Stop(context.Background(), 0); err != nil {
			t.Error(err)
		}
	})
	h.awaitPort(t)
	if h.feed, err = s.backend.Sample(t.Context(), h.proc, s.sampling("sampler", metric.SampleRate)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.feed.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return h
}

// openBare is a session that has built its programs and has no database.
func openBare(t *testing.T, kind Name, programs ...backend.Program) *Session {
	t.Helper()
	s, err := prepare(t.Context(), kind, &scenario.Scenario{Limits: scenario.Limits{CPUs: 1}}, Options{Root: root, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := errors.Join(os.MkdirAll(s.logs, 0o755), s.left.MakeFolder()); err != nil {
		t.Fatal(err)
	}
	if s.watchdog, err = leftovers.Watch(s.left, s.logs); err != nil {
		t.Fatal(err)
	}
	if s.backend, err = s.found.Open(t.Context(), s.backendOptions()); err != nil {
		t.Fatal(err)
	}
	if err := s.backend.Provide(t.Context(), append(programs, backend.Sampler())); err != nil {
		t.Fatal(err)
	}
	return s
}

// onDisk is a folder whose files are page cache: on many machines the folder
// for temporary files is memory itself.
func onDisk(t *testing.T) string {
	t.Helper()
	var fs unix.Statfs_t
	dir := t.TempDir()
	if err := unix.Statfs(dir, &fs); err != nil {
		t.Fatal(err)
	}
	if fs.Type != unix.TMPFS_MAGIC {
		return dir
	}
	dir, err := os.MkdirTemp(".", "holder-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// awaitPort waits until the holder listens. A proxy in front of a container
// accepts before, so a connection is only good if it is answered.
func (h *holder) awaitPort(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(backend.PollEvery) {
		err := h.send('r')
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// send sends the holder an order and waits until it is done.
func (h *holder) send(order byte) error {
	c, err := net.Dial("tcp", h.proc.Endpoint(h.port))
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Write([]byte{order}); err != nil {
		return err
	}
	_, err = bufio.NewReader(c).ReadString('\n')
	return err
}

func (h *holder) order(t *testing.T, what byte) {
	t.Helper()
	if err := h.send(what); err != nil {
		t.Fatal(err)
	}
}

// sample returns the next whole sample that begins from now on.
func (h *holder) sample(t *testing.T) (found metric.Sample) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	n := 0
	err := h.feed.Sample(ctx, func(s metric.Sample) error {
		n++
		if _, ok := s.PSS(); ok && n > 1 && found.At.IsZero() { // the first may have been under way
			found = s
			cancel()
		}
		return nil
	})
	if err != nil || found.At.IsZero() {
		t.Fatalf("no whole sample of %d: %v", n, err)
	}
	if len(found.Processes) != holderProcesses || found.Missing != nil {
		t.Fatalf("%d processes, want %d; missing: %q", len(found.Processes), holderProcesses, found.Missing)
	}
	return found
}
