package measure_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
)

// measured returns the first trial of a run whose samples were changed; i is a sample's
// number.
func measured(t *testing.T, change func(i int, s *metric.Sample)) measure.TrialResult {
	t.Helper()
	f := fakerig.New()
	f.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) { fakerig.SpoilSamples(s, change) }
	_, rest, _ := strings.Cut(fakerig.Text, "blocks: 6")
	return fakerig.Execute(t, fakerig.Create(t, "blocks: 6"+rest, "blocks: 2\n"), f).Trials[0] // the fewest blocks, no claims
}

func checkFigure(t *testing.T, m measure.TrialResult, name metric.Name, want float64) {
	t.Helper()
	if got, ok := m.Figures[name]; !ok || math.Abs(got-want) > 1e-6*math.Abs(want) {
		t.Errorf("%s is %v (%t), want %v; absent: %q", name, got, ok, want, m.Absent[name])
	}
}

func checkAbsent(t *testing.T, m measure.TrialResult, name metric.Name, why string) {
	t.Helper()
	if got, ok := m.Figures[name]; ok || !strings.Contains(m.Absent[name], why) {
		t.Errorf("%s is %v (%t), absent for %q, want %q", name, got, ok, m.Absent[name], why)
	}
}

// processTree returns a master and workers; anon, file and shmem are the shares of each
// process.
func processTree(workers int, anon, file, shmem uint64) (list []metric.Process) {
	for n := range workers + 1 {
		pss, uss := anon+file+shmem, anon-1e6
		p := metric.Process{PID: 1 + n, PPID: min(n, 1), RSS: pss, PSS: &pss, USS: &uss}
		p.PSSAnon, p.PSSFile, p.PSSShmem = &anon, &file, &shmem
		list = append(list, p)
	}
	return list
}

// TestSwap: the limit that the doctor tells is the one that a trial is held to.
func TestSwap(t *testing.T) {
	for swapped, spoiled := range map[uint64]bool{metric.MaxSwap: false, metric.MaxSwap + 1: true} {
		m := measured(t, func(_ int, s *metric.Sample) {
			s.Processes = processTree(0, 100e6, 4e6, 6e6)
			s.Processes[0].Swap = &swapped
		})
		if fakerig.Has(m.Invalid, metric.Swapped) != spoiled {
			t.Errorf("%d bytes swapped out: %v, want spoiled %t", swapped, m.Invalid, spoiled)
		}
	}
}

// TestMemoryIsReconciled: normal differences of a healthy variant pass. A sampler that
// counts wrong does not.
func TestMemoryIsReconciled(t *testing.T) {
	const mb = 1e6
	tests := []struct {
		name     string
		change   func(i int, s *metric.Sample) // applied to a master and 4 workers of 100+4+6 MB
		residual float64                       // MB
		file     float64
		says     string // "" if the trial is valid
	}{
		{"all agrees", func(int, *metric.Sample) {}, 0, 0, ""},
		{"the program's page cache is charged to an earlier container", func(_ int, s *metric.Sample) { *s.Cgroup.Mapped = 30 * mb }, 0, 20, ""},
		{"another program maps the same files", func(_ int, s *metric.Sample) { *s.Cgroup.Mapped = 80 * mb }, 0, -30, ""},
		{"shared memory that no process maps", func(_ int, s *metric.Sample) { s.Cgroup.Shmem += 500 * mb }, 0, 0, ""},
		{"a worker starts while every third sample is read", func(i int, s *metric.Sample) {
			if i%3 == 0 {
				*s.Processes[1].PSSAnon += 150 * mb
			}
		}, 0, 0, ""},
		{"within the bound", func(_ int, s *metric.Sample) { s.Cgroup.Anon += 15 * mb }, -15, 0, ""},
		{"a worker is missed", func(_ int, s *metric.Sample) { s.Processes = s.Processes[:4] }, -100, -10,
			"the processes hold 400 MB by PSS and their container is charged 500 MB of anonymous memory: they differ by -100 MB, at most 15.0 MB allowed"},
		{"a worker is counted twice", func(_ int, s *metric.Sample) { s.Processes = append(s.Processes, s.Processes[4]) }, 100, 10,
			"the processes hold 600 MB by PSS and their container is charged 500 MB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := measured(t, func(i int, s *metric.Sample) {
				s.Processes = nil
				for _, p := range processTree(4, 100*mb, 4*mb, 6*mb) { // a new p in each iteration
					p.PSSAnon = new(*p.PSSAnon)
					s.Processes = append(s.Processes, p)
				}
				s.Cgroup.Anon, s.Cgroup.Shmem, s.Cgroup.Mapped = 500*mb, 30*mb, new(uint64(50*mb))
				tt.change(i, s)
			})
			checkFigure(t, m, metric.PSSResidual, tt.residual*mb)
			if tt.name != "a worker starts while every third sample is read" {
				checkFigure(t, m, metric.PSSResidualFile, tt.file*mb)
			}
			if got := fmt.Sprint(m.Invalid); tt.says == "" && len(m.Invalid) > 0 || !strings.Contains(got, tt.says) {
				t.Errorf("invalid: %q, want %q", got, tt.says)
			}
		})
	}
}

// TestMemoryIsReconciledOnAnOldKernel: the kernel does not split PSS, so the check is
// only that PSS is not below anonymous memory.
func TestMemoryIsReconciledOnAnOldKernel(t *testing.T) {
	old := func(anon uint64) measure.TrialResult {
		return measured(t, func(_ int, s *metric.Sample) {
			s.Processes = processTree(1, 100e6, 40e6, 0)
			for i := range s.Processes {
				s.Processes[i].PSSAnon = nil
			}
			s.Cgroup.Anon = anon
		})
	}
	m := old(200e6)
	checkAbsent(t, m, metric.PSSResidual, "since Linux 5.3")
	checkAbsent(t, m, metric.PSSResidualFile, "since Linux 5.3")
	if len(m.Invalid) > 0 {
		t.Errorf("invalid: %q", m.Invalid)
	}
	if m := old(300e6); len(m.Invalid) != 1 || !strings.Contains(m.Invalid[0].Text, "they differ by -20.0 MB, at most 9.00 MB allowed") {
		t.Errorf("invalid: %q", m.Invalid)
	}
}

func TestMemoryIsNotReconciledWithoutBothSums(t *testing.T) {
	m := measured(t, func(_ int, s *metric.Sample) {})
	checkAbsent(t, m, metric.PSSResidual, "no sample has both")
	m = measured(t, func(_ int, s *metric.Sample) { s.Processes, s.Cgroup = processTree(1, 100e6, 0, 0), nil })
	checkAbsent(t, m, metric.PSSResidual, "no sample has both")
	m = measured(t, func(_ int, s *metric.Sample) { s.Processes = processTree(1, 500e6, 0, 0); s.Cgroup.Anon = 1000e6 })
	checkFigure(t, m, metric.PSSResidual, 0)
	checkAbsent(t, m, metric.PSSResidualFile, "do not say how much of the container's page cache is mapped")
}

// TestMemoryByKind: each kind has its own figure. Without a container, figures that
// only the container gives are absent.
func TestMemoryByKind(t *testing.T) {
	holding := func(cgroup bool) measure.TrialResult {
		return measured(t, func(_ int, s *metric.Sample) {
			s.Processes = processTree(4, 100e6, 4e6, 6e6)
			s.Cgroup.Anon, s.Cgroup.Shmem, s.Cgroup.Kernel = 500e6, 30e6, new(uint64(9e6))
			if !cgroup {
				s.Cgroup = nil
			}
		})
	}
	m := holding(true)
	for name, want := range map[metric.Name]float64{
		metric.PSSAnon: 500e6, metric.PSSFile: 20e6, metric.PSSShmem: 30e6,
		metric.MemoryAnon: 500e6, metric.MemoryShmem: 30e6, metric.MemoryKernel: 9e6,
	} {
		checkFigure(t, m, name, want)
	}
	m = holding(false)
	checkFigure(t, m, metric.PSSAnon, 500e6)
	checkAbsent(t, m, metric.MemoryKernel, "no sample has the memory of a container")
}

// TestReclaimableSlab: if the kernel reports it, it has its own figure and is not in
// memory.mean, and the basis says so.
func TestReclaimableSlab(t *testing.T) {
	holding := func(reclaimable *uint64) measure.TrialResult {
		return measured(t, func(_ int, s *metric.Sample) {
			s.Cgroup.Anon, s.Cgroup.Kernel, s.Cgroup.Reclaimable = 500e6, new(uint64(90e6)), reclaimable
		})
	}
	for _, tt := range []struct {
		name        string
		reclaimable *uint64
		memory      float64
		basis       string
	}{
		{"reported", new(uint64(55e6)), 535e6, metric.BasisUnreclaimable},
		{"read a moment after the whole", new(uint64(91e6)), 500e6, metric.BasisUnreclaimable},
		{"not reported", nil, 590e6, metric.BasisCharged},
	} {
		m := holding(tt.reclaimable)
		checkFigure(t, m, metric.MemoryMean, tt.memory)
		checkFigure(t, m, metric.MemoryPeak, tt.memory)
		checkFigure(t, m, metric.MemoryIdle, tt.memory)
		checkFigure(t, m, metric.MemoryKernel, 90e6)
		if m.Basis != tt.basis {
			t.Errorf("%s: the basis is %q, want %q", tt.name, m.Basis, tt.basis)
		}
		if tt.reclaimable != nil {
			checkFigure(t, m, metric.MemoryReclaimable, float64(*tt.reclaimable))
		} else {
			checkAbsent(t, m, metric.MemoryReclaimable, "cgroup v2 does")
		}
	}
}

// TestHugetlb: pages of hugetlbfs are in memory with both bases and have their
// own figure; no other sum contains them.
func TestHugetlb(t *testing.T) {
	holding := func(cgroup bool, hugetlb *uint64) measure.TrialResult {
		return measured(t, func(_ int, s *metric.Sample) {
			s.Processes, s.Hugetlb = processTree(1, 100e6, 0, 0), hugetlb
			s.Cgroup.Anon = 200e6
			if !cgroup {
				s.Cgroup = nil
			}
		})
	}
	for _, cgroup := range []bool{true, false} {
		m := holding(cgroup, new(uint64(64<<20)))
		for _, name := range []metric.Name{metric.MemoryMean, metric.MemoryPeak, metric.MemoryIdle} {
			checkFigure(t, m, name, 200e6+64<<20)
		}
		checkFigure(t, m, metric.MemoryHugetlb, 64<<20)
		checkFigure(t, m, metric.PSSMean, 200e6)
		m = holding(cgroup, nil)
		checkFigure(t, m, metric.MemoryMean, 200e6)
		checkAbsent(t, m, metric.MemoryHugetlb, "do not have the huge pages")
	}
}

// TestWithoutPSS: the container's memory is a figure and the trial is valid. Metrics
// that need PSS are absent with the sampler's reason.
func TestWithoutPSS(t *testing.T) {
	m := measured(t, func(_ int, s *metric.Sample) {
		s.Processes = []metric.Process{{PID: 1, RSS: 5e6}, {PID: 2, PPID: 1, RSS: 6e6}}
		s.Missing = []string{"pss: this kernel has none"}
	})
	if len(m.Invalid) > 0 {
		t.Errorf("invalid: %q", m.Invalid)
	}
	checkFigure(t, m, metric.MemoryMean, 1000e6)
	checkFigure(t, m, metric.RSSMean, 11e6)
	for _, name := range []metric.Name{
		metric.PSSMean, metric.PSSAnon, metric.PSSFile, metric.PSSShmem, metric.WorkerUSS, metric.WorkerPSS,
		metric.PSSResidual, metric.PSSResidualFile, metric.MemoryHugetlb,
	} {
		checkAbsent(t, m, name, "this kernel has none")
	}
}

// TestSampleMemory: another basis never replaces a basis that the sample lacks.
func TestSampleMemory(t *testing.T) {
	pss := metric.Process{PID: 1, PSS: new(uint64(30))}
	v1 := &metric.Cgroup{Anon: 100, Shmem: 20, Kernel: new(uint64(7))}
	v2 := &metric.Cgroup{Anon: 100, Shmem: 20, Kernel: new(uint64(7)), Reclaimable: new(uint64(4))}
	for _, tt := range []struct {
		name                        string
		s                           metric.Sample
		charged, unreclaimable, pss uint64 // 0: absent
	}{
		{"v1", metric.Sample{Cgroup: v1, Processes: []metric.Process{pss}}, 127, 0, 30},
		{"v2", metric.Sample{Cgroup: v2}, 0, 123, 0},
		{"kernelless", metric.Sample{Cgroup: &metric.Cgroup{Anon: 100}}, 0, 0, 0},
		{"host", metric.Sample{Processes: []metric.Process{pss}}, 0, 0, 30},
		{"nothing", metric.Sample{}, 0, 0, 0},
	} {
		huge := tt.s
		huge.Hugetlb = new(uint64(2 << 20)) // no basis contains it
		for basis, want := range map[string]uint64{metric.BasisCharged: tt.charged, metric.BasisUnreclaimable: tt.unreclaimable, metric.BasisPSS: tt.pss} {
			if got, ok := tt.s.Memory(basis); got != want || ok != (want > 0) {
				t.Errorf("%s by %s: %d, %t, want %d", tt.name, basis, got, ok, want)
			}
			if got, ok := huge.Memory(basis); ok && got != want+2<<20 || ok != (want > 0) {
				t.Errorf("%s by %s with huge pages: %d, %t", tt.name, basis, got, ok)
			}
		}
	}
}

// TestWorkers: only the root's children count, not the root and not its grandchildren,
// in any order of pids.
func TestWorkers(t *testing.T) {
	process := func(pid, ppid int, uss uint64) metric.Process {
		pss := uss + 1e6
		return metric.Process{PID: pid, PPID: ppid, USS: &uss, PSS: &pss}
	}
	m := measured(t, func(i int, s *metric.Sample) {
		s.Processes = []metric.Process{process(5, 70, 40e6), process(70, 1, 900e6), process(71, 70, 60e6), process(72, 71, 800e6)}
	})
	checkFigure(t, m, metric.WorkerUSS, 50e6)
	checkFigure(t, m, metric.WorkerPSS, 51e6)
	checkFigure(t, m, metric.Processes, 4)

	m = measured(t, func(i int, s *metric.Sample) { s.Processes = []metric.Process{process(1, 0, 5e6)} })
	checkAbsent(t, m, metric.WorkerUSS, "the root process has no children")
	checkFigure(t, m, metric.Processes, 1)

	m = measured(t, func(i int, s *metric.Sample) { s.Processes = []metric.Process{process(1, 0, 5e6), {PID: 2, PPID: 1}} })
	checkAbsent(t, m, metric.WorkerUSS, "no sample has this reading") // one process lacks the figure: no partial mean
	checkFigure(t, m, metric.Processes, 2)

	m = measured(t, func(int, *metric.Sample) {})
	checkAbsent(t, m, metric.WorkerPSS, "no sample has this reading")
	checkAbsent(t, m, metric.Processes, "no sample has this reading")
}

// family returns a tree of processes from a text: "1<0 tini=1; 2<1 app=30" is a process
// of 1 MB and its child of 30.
func family(t *testing.T, text string) (list []metric.Process) {
	t.Helper()
	for line := range strings.SplitSeq(text, "; ") {
		var mb uint64
		ids, rest, _ := strings.Cut(line, " ")
		name, size, _ := strings.Cut(rest, "=")
		p := metric.Process{Name: name}
		if _, err := fmt.Sscanf(ids, "%d<%d", &p.PID, &p.PPID); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if _, err := fmt.Sscan(size, &mb); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		p.Start, p.USS, p.PSS = uint64(p.PID), new(mb*1e6), new(mb*1e6)
		list = append(list, p)
	}
	return list
}

// TestMaster: a worker is a child of the master, under any launcher, and a program
// without children has no workers. If there is a second tree, every third sample has
// it.
func TestMaster(t *testing.T) {
	for _, tt := range []struct {
		name, tree, third string
		want              float64 // MB per worker; 0: absent
		master            string  // or why it is absent
	}{
		{"one process", "1<0 app=100", "", 0, "the root process has no children"},
		{"a master and two", "1<0 app=100; 2<1 app=30; 3<1 app=50", "", 40, ""},
		{"a master and one", "1<0 gunicorn=100; 2<1 gunicorn=30", "", 30, ""},
		{"a master and one that says what it is", "1<0 gunicorn: maste=100; 2<1 gunicorn: worke=30; 3<2 git=9; 4<2 git=9", "", 30, ""},
		{"a master of another program", "1<0 server=100; 2<1 convert=30", "", 30, ""},
		{"its one worker is replaced", "1<0 a=100; 2<1 b=30", "1<0 a=100; 3<1 b=30", 30, ""},
		{"a worker runs a helper", "1<0 app=100; 2<1 app=30; 3<1 app=50", "1<0 app=100; 2<1 app=30; 3<1 app=50; 4<2 convert=900", 40, ""},
		{"init and one process", "1<0 tini=1; 7<1 app=100", "", 0, "the program below tini has no children"},
		{"init and a master", "1<0 docker-init=1; 7<1 app=100; 8<7 app=30; 9<7 app=50", "", 40, "app, below docker-init"},
		{"init and a master of one", "1<0 tini=1; 7<1 app=100; 8<7 app=30", "", 30, "app, below tini"},
		{"init, shell and a master of one", "1<0 dumb-init=1; 2<1 sh=1; 7<2 app=100; 8<7 app=30", "", 30, "app, below dumb-init and sh"},
		{"orphans come back to init", "1<0 tini=1; 7<1 app=100; 8<7 app=30; 9<1 helper=70", "1<0 tini=1; 7<1 app=100; 8<7 app=30; 9<1 helper=70; 6<1 cat=1", 30, "app, below tini"},
		{"a shell that also runs another program", "1<0 sh=1; 7<1 app=100; 8<7 app=30; 9<7 app=50", "1<0 sh=1; 7<1 app=100; 8<7 app=30; 9<7 app=50; 10<1 sleep=1", 40, "app, below sh"},
		{"a shell and one process", "1<0 sh=1; 7<1 app=100", "", 0, "the program below sh has no children"},
		{"a shell that starts equal workers", "1<0 bash=1; 7<1 python=30; 8<1 python=50", "", 40, ""},
		{"a supervisor of one service", "1<0 supervisord=20; 7<1 gunicorn=100; 8<7 gunicorn=30", "", 30, "gunicorn, below supervisord"},
		{"a supervisor of several", "1<0 supervisord=20; 7<1 gunicorn=100; 8<7 gunicorn=30; 9<1 nginx=5", "", 0, "supervisord runs several programs"},
		{"npm", "1<0 npm run start=40; 2<1 sh=1; 3<2 node=100; 4<3 node=30; 5<3 node=50", "", 40, "node, below npm run start and sh"},
		{"an unknown launcher, and a master", "1<0 wrapper=1; 7<1 app=100; 8<7 app=30; 9<7 app=50", "", 40, "app, below wrapper"},
		{"an unknown launcher, and a master of one", "1<0 wrapper=1; 7<1 app=100; 8<7 app=30", "", 100, ""}, // the same shape as a worker with a helper
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := measured(t, func(i int, s *metric.Sample) {
				s.Processes = family(t, tt.tree)
				if tt.third != "" && i%3 == 0 {
					s.Processes = family(t, tt.third)
				}
				s.Cgroup = nil
			})
			if tt.want == 0 {
				checkAbsent(t, m, metric.WorkerUSS, tt.master)
				checkAbsent(t, m, metric.WorkerPSS, tt.master)
				return
			}
			checkFigure(t, m, metric.WorkerUSS, tt.want*1e6)
			checkFigure(t, m, metric.WorkerPSS, tt.want*1e6)
			if m.Master != tt.master {
				t.Errorf("the master is %q, want %q", m.Master, tt.master)
			}
		})
	}
}

// TestUsagePeak: the kernel's peak counts if it was reset at every sample, or if it
// rose within the window. The window has the samples 4 to 13.
func TestUsagePeak(t *testing.T) {
	set := func(i int, usage, peak, since uint64) func(*metric.Sample) {
		return func(s *metric.Sample) {
			s.Cgroup.Usage, s.Cgroup.Peak = usage, &peak
			if since > 0 {
				s.Cgroup.PeakSince = &since
			}
		}
	}
	m := measured(t, func(i int, s *metric.Sample) {
		since := uint64(700e6)
		if i == 4 { // begins before the window
			since = 990e6
		}
		if i == 9 {
			since = 800e6
		}
		set(i, 600e6, 995e6, since)(s)
	})
	checkFigure(t, m, metric.UsagePeak, 800e6)

	m = measured(t, func(i int, s *metric.Sample) { set(i, 600e6, uint64(900e6+i), 0)(s) })
	checkFigure(t, m, metric.UsagePeak, 900e6+13)

	m = measured(t, func(i int, s *metric.Sample) { set(i, 600e6, 900e6, 0)(s) })
	checkAbsent(t, m, metric.UsagePeak, "usage was higher before the window")

	m = measured(t, func(i int, s *metric.Sample) { // one sample without a peak leaves a gap
		set(i, 600e6, 900e6, 700e6)(s)
		if i == 8 {
			s.Cgroup.PeakSince = nil
		}
	})
	checkAbsent(t, m, metric.UsagePeak, "usage was higher before the window")

	m = measured(t, func(int, *metric.Sample) {})
	checkAbsent(t, m, metric.UsagePeak, "does not record a container's highest usage")

	m = measured(t, func(_ int, s *metric.Sample) { s.Cgroup = nil; s.Processes = processTree(1, 9e6, 0, 0) })
	checkAbsent(t, m, metric.UsagePeak, "no cgroup of its own")
}

// TestVariationOfMemory: memory that jumps by 10 MB from sample to sample varies by 5%
// about a line without a slope, with requests and without.
func TestVariationOfMemory(t *testing.T) {
	jumps := func(i int, s *metric.Sample) { s.Cgroup.Anon = 100e6 + 10e6*uint64(i%2) }
	checkFigure(t, measured(t, jumps), metric.MemoryVariation, 5e6*math.Sqrt(10./9)/105e6)
	checkFigure(t, measured(t, func(i int, s *metric.Sample) { s.Cgroup.Anon = 100e6 + 1e6*uint64(i) }), metric.MemoryVariation, 0)
	checkAbsent(t, measured(t, func(_ int, s *metric.Sample) { s.Cgroup.Anon = 0 }), metric.MemoryVariation, "memory is 0")
}
