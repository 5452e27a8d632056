package engine

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"golang.org/x/sys/unix"
)

// What the holder is told to hold, in MiB, see its documentation. No two sums
// below are alike, so that no figure can pass for another.
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
	onEach(t, func(t *testing.T, kind Kind) {
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
	{"the headline", func(s metric.Sample) float64 { v, _ := s.Cgroup.Charged(); return float64(v) }, anonHeld + memfd + pageTables},
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
	proc    process
	port    int
	feed    *feed
}

// startHolder starts them with the engine's own parts, without a database.
func startHolder(t *testing.T, kind Kind) *holder {
	t.Helper()
	p := program{who: "the test", fact: "holder", Program: scenario.Program{Build: testProgram("holder")}}
	s := openBare(t, kind, p)
	port, err := s.backend.port(8000)
	if err != nil {
		t.Fatal(err)
	}
	sp := spec{program: p, name: "holder", ports: []int{port}, log: filepath.Join(t.TempDir(), "holder.log")}
	dir := "/data"
	if kind == Host {
		dir = onDisk(t)
	}
	sp.args = []string{"-listen", s.backend.listen() + ":" + strconv.Itoa(port), "-dir", dir}
	for name, n := range map[string]int{
		"children": holders, "forks": forks, "private": private, "huge": huge, "memfd": memfd, "file": file, "forked": forked, "cache": cached,
	} {
		sp.args = append(sp.args, "-"+name, strconv.Itoa(n))
	}
	h := &holder{session: s, port: port}
	if h.proc, err = startWithDisk(t.Context(), s.backend, sp); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := h.proc.stop(context.Background(), 0); err != nil {
			t.Error(err)
		}
	})
	h.awaitPort(t)
	if h.feed, err = s.backend.sample(t.Context(), h.proc, s.sampling("sampler", samplerRate)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.feed.stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return h
}

// openBare is a session that has built its programs and has no database.
func openBare(t *testing.T, kind Kind, programs ...program) *Session {
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
	if err := errors.Join(os.MkdirAll(s.logs, 0o755), makeFolder(s.estate.folder())); err != nil {
		t.Fatal(err)
	}
	if s.watchdog, err = watch(s.estate, s.logs); err != nil {
		t.Fatal(err)
	}
	open := openHost
	if kind == Docker {
		open = openDocker
	}
	if s.backend, err = open(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	programs = append(programs, program{who: "sampler", fact: "sampler", Program: samplerProgram})
	if err := s.backend.provide(t.Context(), programs); err != nil {
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

// startWithDisk starts a program that writes files: in a container on an
// anonymous volume, as a variant has no disk there.
func startWithDisk(ctx context.Context, b backend, sp spec) (process, error) {
	d, ok := b.(*docker)
	if !ok {
		return b.start(ctx, sp)
	}
	out, err := os.Create(sp.log)
	if err != nil {
		return nil, err
	}
	return d.run(ctx, testcontainers.ContainerRequest{
		Name: d.named(sp.name), Image: d.images[sp.key()], Cmd: sp.args,
		HostConfigModifier: func(h *container.HostConfig) {
			d.confine(h, sp)
			h.Mounts = []mount.Mount{{Type: mount.TypeVolume, Target: "/data"}}
		},
	}, sp.ports, output{out, out, []io.Closer{out}})
}

// awaitPort waits until the holder listens. A proxy in front of a container
// accepts before, so a connection is only good if it is answered.
func (h *holder) awaitPort(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(pollEvery) {
		err := h.tell('r')
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// tell gives the holder an order and waits until it is done.
func (h *holder) tell(order byte) error {
	c, err := net.Dial("tcp", h.proc.endpoint(h.port))
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
	if err := h.tell(what); err != nil {
		t.Fatal(err)
	}
}

// sample is the next that was begun from now on and holds everything.
func (h *holder) sample(t *testing.T) (found metric.Sample) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	n := 0
	err := h.feed.sample(ctx, func(s metric.Sample) error {
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

// TestOwns: the programs of a session are told from the others of the machine.
func TestOwns(t *testing.T) {
	onEach(t, func(t *testing.T, kind Kind) {
		h := startHolder(t, kind)
		var root int
		switch p := h.proc.(type) {
		case *child:
			root = p.process().Pid
		case *running:
			info, err := h.session.daemon.client.ContainerInspect(t.Context(), p.ID, client.ContainerInspectOptions{})
			if err != nil {
				t.Fatal(err)
			}
			root = info.Container.State.Pid
		}
		owns := h.session.Owns()
		for pid, want := range map[int]bool{root: true, os.Getpid(): false, os.Getppid(): false, 1: false} {
			if got := owns(pid); got != want {
				t.Errorf("process %d is the session's: %t, want %t", pid, got, want)
			}
		}
	})
}
