package meter

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/memproof/memproof/bench"
)

// The test binary starts itself again as a prefork service of known memory:
// a master and equal workers, which hold private memory each and map one
// shared memfd. METER_TEST says which of them a process is.
const (
	roleVar = "METER_TEST"
	sizeVar = "METER_TEST_SERVICE"
)

// service is the size of such a service.
type service struct{ workers, private, shared int } // MiB, of a worker and of all

func (s service) String() string { return fmt.Sprint(s.workers, " ", s.private, " ", s.shared) }

func serviceOfEnv() (s service) {
	_, err := fmt.Sscan(os.Getenv(sizeVar), &s.workers, &s.private, &s.shared)
	must(err)
	return s
}

const workers = 3

func TestMain(m *testing.M) {
	switch os.Getenv(roleVar) {
	case "master":
		beMaster()
	case "worker":
		beWorker()
	default:
		os.Exit(m.Run())
	}
}

// beMaster lives until its standard input is closed.
func beMaster() {
	must(os.Setenv(roleVar, "worker"))
	for range serviceOfEnv().workers {
		w := again()
		w.ExtraFiles = []*os.File{os.NewFile(3, "shared")}
		in, err := w.StdinPipe() // closed by the kernel when the master ends
		must(err)
		out, err := w.StdoutPipe()
		must(err)
		must(w.Start())
		waitReady(out)
		defer in.Close()
	}
	fmt.Println("ready")
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
}

func beWorker() {
	s := serviceOfEnv()
	if s.private > 0 {
		touch(mapped(-1, s.private<<20, syscall.MAP_PRIVATE|syscall.MAP_ANON))
	}
	if s.shared > 0 {
		touch(mapped(3, s.shared<<20, syscall.MAP_SHARED))
	}
	fmt.Println("ready")
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
}

func again() *exec.Cmd {
	c := exec.Command("/proc/self/exe", os.Args[1:]...)
	c.Args[0] = os.Args[0]
	c.Stderr = os.Stderr
	return c
}

func mapped(fd, size, flags int) []byte {
	m, err := syscall.Mmap(fd, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, flags)
	must(err)
	return m
}

func touch(m []byte) {
	for i := 0; i < len(m); i += os.Getpagesize() {
		m[i] = 1
	}
}

func waitReady(out interface{ Read([]byte) (int, error) }) {
	line, err := bufio.NewReader(out).ReadString('\n')
	if line != "ready\n" {
		panic(fmt.Sprintf("not ready: %q, %v", line, err))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// startService returns the pid of a master whose workers have their memory.
func startService(t testing.TB, s service) int {
	t.Helper()
	fd, err := unix.MemfdCreate("shared", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	shared := os.NewFile(uintptr(fd), "shared")
	defer shared.Close()
	if err := shared.Truncate(int64(s.shared) << 20); err != nil {
		t.Fatal(err)
	}
	c := again()
	c.Env = append(os.Environ(), roleVar+"=master", sizeVar+"="+s.String())
	c.ExtraFiles = []*os.File{shared}
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := c.Wait(); err != nil {
			t.Errorf("the service: %v", err)
		}
	})
	waitReady(out)
	return c.Process.Pid
}

func sampleService(t *testing.T, mb int) bench.Sample {
	t.Helper()
	s, err := Open(Options{Root: startService(t, service{workers, mb, mb}), Proc: "/proc", Rate: 5})
	if err != nil {
		t.Fatal(err)
	}
	sample, err := s.sample()
	if err != nil {
		t.Fatal(err)
	}
	if len(sample.Processes) != workers+1 || sample.Missing != nil {
		t.Fatalf("%d processes, missing %q", len(sample.Processes), sample.Missing)
	}
	return sample
}

// Three workers of 64 MB of their own and 64 MB together. What the processes
// need themselves is measured with a service that holds nothing.
func TestTheKernelsFiguresAreWhatTheProcessesHold(t *testing.T) {
	const mb = 64
	empty, full := sampleService(t, 0), sampleService(t, mb)
	grown := func(what string, sum func(bench.Sample) uint64, want int) {
		t.Helper()
		got := float64(sum(full)) - float64(sum(empty))
		if math.Abs(got-float64(want<<20)) > 0.01*float64(want<<20) {
			t.Errorf("the sum of %s grew by %.1f MB, the processes took %d", what, got/(1<<20), want)
		}
	}
	grown("USS", sumOf(func(p bench.Process) uint64 { return *p.USS }), workers*mb)
	grown("PSS", sumOf(func(p bench.Process) uint64 { return *p.PSS }), workers*mb+mb)
	grown("RSS", sumOf(func(p bench.Process) uint64 { return p.RSS }), workers*mb+workers*mb)
	for _, p := range full.Processes {
		if p.Name != full.Processes[0].Name || p.Threads < 1 || p.FDs == nil || *p.FDs < 3 || p.Start == 0 {
			t.Errorf("got %+v", p)
		}
	}
}

func sumOf(f func(bench.Process) uint64) func(bench.Sample) uint64 {
	return func(s bench.Sample) (sum uint64) {
		for _, p := range s.Processes {
			sum += f(p)
		}
		return sum
	}
}

func TestRunNoticesThatARealProcessHasEnded(t *testing.T) {
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(Options{Root: child.Process.Pid, Proc: "/proc", Rate: 50})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = s.Run(context.Background(), func(sample bench.Sample) error {
		if n++; n == 2 {
			return child.Process.Kill() // and nobody waits for it: a zombie
		}
		return nil
	})
	if !errors.Is(err, ErrGone) || n < 2 {
		t.Errorf("got %v after %d samples", err, n)
	}
	if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("the child: %v", err)
	}
}

// What a sample of a master and its workers costs, cheap and with the details
// that have a budget.
func BenchmarkSample(b *testing.B) {
	s, err := Open(Options{Root: startService(b, service{workers, 1, 1}), Proc: "/proc", Rate: 5})
	if err != nil {
		b.Fatal(err)
	}
	for name, details := range map[string]bool{"cheap": false, "details": true} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := s.tree.processes(details); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
