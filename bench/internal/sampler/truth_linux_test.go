package sampler

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/memproof/memproof/bench/metric"
	"golang.org/x/sys/unix"
)

// The test binary starts itself again as a prefork service of known memory:
// a master and equal workers, which hold private memory each and map one
// shared memfd. METER_TEST says which of them a process is.
const (
	roleVar = "METER_TEST"
	sizeVar = "METER_TEST_SERVICE"
)

// service is the size of such a service.
type service struct {
	workers         int
	private, shared int  // MiB, of a worker and of all
	advised         bool // transparent huge pages for the private memory
	huge            int  // pages of hugetlbfs, as many of a worker and of all
}

func (s service) String() string {
	return fmt.Sprint(s.workers, " ", s.private, " ", s.shared, " ", s.advised, " ", s.huge)
}

func serviceOfEnv() (s service) {
	_, err := fmt.Sscan(os.Getenv(sizeVar), &s.workers, &s.private, &s.shared, &s.advised, &s.huge)
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
		w.ExtraFiles = []*os.File{os.NewFile(3, "shared"), os.NewFile(4, "huge")}
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
		touch(alone(s.private<<20, s.advised))
	}
	if s.shared > 0 {
		touch(mapped(3, s.shared<<20, syscall.MAP_SHARED))
	}
	if s.huge > 0 {
		touch(mapped(-1, s.huge*hugePage, syscall.MAP_PRIVATE|syscall.MAP_ANON|syscall.MAP_HUGETLB))
		touch(mapped(4, s.huge*hugePage, syscall.MAP_SHARED))
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

// hugePage is the default size of hugetlbfs on x86-64.
const hugePage = 2 << 20

// alone is private memory between two pages without access, so that the kernel
// lists it as a mapping of its own.
func alone(size int, advised bool) []byte {
	page := os.Getpagesize()
	m := mapped(-1, size+2*page, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	must(syscall.Mprotect(m[:page], syscall.PROT_NONE))
	must(syscall.Mprotect(m[page+size:], syscall.PROT_NONE))
	m = m[page : page+size]
	if advised {
		_ = syscall.Madvise(m, unix.MADV_HUGEPAGE) // a kernel without them gives small pages
	}
	return m
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
	shared := memfd(t, 0, int64(s.shared)<<20)
	defer shared.Close()
	huge := shared // where there is none
	if s.huge > 0 {
		huge = memfd(t, unix.MFD_HUGETLB, int64(s.huge)*hugePage)
		defer huge.Close()
	}
	c := again()
	c.Env = append(os.Environ(), roleVar+"=master", sizeVar+"="+s.String())
	c.ExtraFiles = []*os.File{shared, huge}
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

func memfd(t testing.TB, flags int, size int64) *os.File {
	t.Helper()
	fd, err := unix.MemfdCreate("shared", unix.MFD_CLOEXEC|flags)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "shared")
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	return f
}

func sampleService(t *testing.T, size service) metric.Sample {
	t.Helper()
	s, err := Open(Options{Root: startService(t, size), Proc: "/proc", Rate: 5})
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
// need besides is what the kernel says of each of their other mappings: with
// transparent huge pages it may be any multiple of 2 MB.
func TestTheKernelsFiguresAreWhatTheProcessesHold(t *testing.T) {
	const mb = 64
	for name, advised := range map[string]bool{"small pages": false, "huge pages where there are any": true} {
		t.Run(name, func(t *testing.T) {
			sample := sampleService(t, service{workers: workers, private: mb, shared: mb, advised: advised})
			held, rest := mappings{}, mappings{}
			for _, p := range sample.Processes {
				split(t, p.PID, mb<<20, held, rest)
			}
			for key, want := range map[string]uint64{"Private_Dirty:": workers * mb << 20, "Pss:": (workers + 1) * mb << 20, "Rss:": 2 * workers * mb << 20} {
				if short := want - held[key]; short > workers<<10 { // smaps rounds a third of a page down to a kB
					t.Errorf("%s of what is held is %d by smaps, want %d", key, held[key], want)
				}
			}
			check := func(what string, sum float64, want uint64) {
				t.Helper()
				if math.Abs(sum-float64(want)) > 0.01*float64(want) {
					t.Errorf("the sum of %s is %.1f MB, the processes hold %.1f", what, sum/(1<<20), float64(want)/(1<<20))
				}
			}
			check("USS", sumOf(func(p metric.Process) uint64 { return *p.USS })(sample), workers*mb<<20+rest["Private_Clean:"]+rest["Private_Dirty:"])
			check("PSS", sumOf(func(p metric.Process) uint64 { return *p.PSS })(sample), (workers+1)*mb<<20+rest["Pss:"])
			check("RSS", sumOf(func(p metric.Process) uint64 { return p.RSS })(sample), 2*workers*mb<<20+rest["Rss:"])
			for _, p := range sample.Processes {
				if p.Name != sample.Processes[0].Name || p.Threads < 1 || p.FDs == nil || *p.FDs < 3 || p.Start == 0 {
					t.Errorf("got %+v", p)
				}
			}
		})
	}
}

// mappings are the sums over some mappings of smaps, by key, in bytes.
type mappings map[string]uint64

// split adds up the mappings of that size, which are what a worker holds, and
// all others.
func split(t *testing.T, pid int, size uint64, held, rest mappings) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps", pid))
	if err != nil {
		t.Fatal(err)
	}
	to := rest
	for line := range bytes.Lines(text) {
		key, _, _ := bytes.Cut(line, []byte(" "))
		if !bytes.HasSuffix(key, []byte(":")) || string(key) == "VmFlags:" {
			continue
		}
		k := keyed{text: line}
		v := k.need(string(key))
		if k.err != nil {
			t.Fatal(k.err)
		}
		if string(key) == "Size:" { // the first line of a mapping
			if to = rest; v == size {
				to = held
			}
		}
		to[string(key)] += v
	}
}

// TestHugetlbOfTheKernel: pages of hugetlbfs that are a worker's own and those
// that all workers share, each once. The machine must have some to give.
func TestHugetlbOfTheKernel(t *testing.T) {
	const each = 2
	const need = each*workers + each
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		t.Fatal(err)
	}
	k := keyed{text: text}
	free, size := k.need("HugePages_Free:"), k.need("Hugepagesize:") // 0 without them
	if free < need || size != hugePage {
		t.Skipf("NOT CHECKED: needs %d free huge pages of 2 MB, there are %d of %d bytes: echo %d > /proc/sys/vm/nr_hugepages", need, free, size, need)
	}
	sample := sampleService(t, service{workers: workers, private: 1, shared: 1, huge: each})
	if sample.Hugetlb == nil || *sample.Hugetlb != need*hugePage {
		t.Errorf("got %v, want %d", sample.Hugetlb, need*hugePage)
	}
	if shared := sumOf(func(p metric.Process) uint64 { return *p.HugetlbShared })(sample); shared != workers*each*hugePage {
		t.Errorf("the sum of what is shared is %v", shared)
	}
	pss, _ := sample.PSS()
	if all, ok := sample.Memory(metric.BasisPSS); !ok || all != pss+need*hugePage {
		t.Errorf("memory is %d, PSS %d", all, pss)
	}
}

func sumOf(f func(metric.Process) uint64) func(metric.Sample) float64 {
	return func(s metric.Sample) (sum float64) {
		for _, p := range s.Processes {
			sum += float64(f(p))
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
	err = s.Run(context.Background(), func(sample metric.Sample) error {
		if n++; n == 2 {
			return child.Process.Kill() // and no process waits for it: a zombie
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
	s, err := Open(Options{Root: startService(b, service{workers: workers, private: 1, shared: 1}), Proc: "/proc", Rate: 5})
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
