package bench_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/memproof/memproof/bench"
)

// fakeRig is a machine without processes: it keeps time by itself, notes each
// call, and answers with the memory and latency that the test gives a variant.
type fakeRig struct {
	mu    sync.Mutex
	calls []string
	now   time.Time

	memory  func(plan bench.TrialPlan) uint64        // headline bytes, constant over a trial
	latency func(plan bench.TrialPlan) time.Duration // of each hit
	// armMemory and armLatency have the last word on an arm, controls included.
	armMemory, armLatency func(plan bench.TrialPlan, x float64) float64
	spoil                 func(plan bench.TrialPlan, s *bench.Subject)
	digest                func(plan bench.TrialPlan, seq uint64) uint64
	counters              func(plan bench.TrialPlan, loaded bool) bench.Counters
	start                 func(plan bench.TrialPlan) error
	lag                   time.Duration
	status                func(seq uint64) int
	target                func(seq uint64) int
	connection            func(seq uint64) bench.Connection // nil: not noted
	inFlight              int
	plan                  bench.TrialPlan           // of the trial that was started last
	loaded                bool                      // it was
	queue                 float64                   // requests a second that are answered at the most; 0: any number
	quiet                 func() bench.Noise        // nil: nobody looks
	looks                 []time.Duration           // how long each was to take
	generatorCPU          float64                   // seconds of an attack
	delay                 func(i int) time.Duration // of a sample on its way; nil: none
	programs              []bench.ProgramCPU        // of others, during the load
	notes                 []string
	log                   func(plan bench.TrialPlan) string // what the variant prints
	silent                bool                              // the holder of memory says nothing
	besides               uint64                            // bytes that it holds beyond what it was asked to
	discard               bool                              // caches are charged to the first
	attacks               []bench.Attack
}

func newFakeRig() *fakeRig {
	asIs := func(_ bench.TrialPlan, x float64) float64 { return x }
	return &fakeRig{
		armMemory: asIs, armLatency: asIs,
		now:     time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		memory:  func(p bench.TrialPlan) uint64 { return map[string]uint64{"a": 1000e6, "b": 400e6}[p.Variant.Name] },
		latency: func(bench.TrialPlan) time.Duration { return 10 * time.Millisecond },
		status:  func(uint64) int { return 200 },
		digest:  func(_ bench.TrialPlan, seq uint64) uint64 { return seq + 1 },
		target:  func(uint64) int { return 0 },
	}
}

func (f *fakeRig) call(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, fmt.Sprintf(format, args...))
}

func (f *fakeRig) rig() bench.Rig {
	var quiet func(context.Context, time.Duration) (bench.Noise, error)
	if f.quiet != nil {
		quiet = func(ctx context.Context, look time.Duration) (bench.Noise, error) {
			f.call("quiet")
			f.looks = append(f.looks, look)
			return f.quiet(), ctx.Err()
		}
	}
	return bench.Rig{
		Quiet: quiet, Programs: func() func() []bench.ProgramCPU {
			return func() []bench.ProgramCPU { return f.programs }
		},
		Discard: f.discard, Start: f.startTrial,
		Load: f.load,
		Now:  func() time.Time { return f.now },
		Sleep: func(ctx context.Context, d time.Duration) error {
			f.call("sleep %v", d)
			f.now = f.now.Add(d)
			return ctx.Err()
		},
		Progress: func(e bench.Event) {
			if e.Note != "" {
				f.notes = append(f.notes, e.Note)
			}
		},
	}
}

func (f *fakeRig) startTrial(_ context.Context, plan bench.TrialPlan) (*bench.Subject, error) {
	f.call("start %s", plan.Variant.Name)
	if f.start != nil {
		if err := f.start(plan); err != nil {
			return nil, err
		}
	}
	sampled, sampling := make(chan struct{}), atomic.Bool{}
	began := f.now
	s := &bench.Subject{
		URL:      "fake://" + plan.Variant.Name,
		Describe: func(context.Context) (map[string]string, error) { f.call("describe"); return nil, nil },
		Count: func(context.Context) (bench.Counters, error) {
			f.call("count")
			if f.counters == nil {
				return bench.Counters{}, nil
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			return f.counters(plan, f.loaded), nil
		},
		Sample: func(ctx context.Context, sink func(bench.Sample) error) error {
			sampling.Store(true)
			defer close(sampled)
			<-ctx.Done()
			return f.samples(began, uint64(f.armMemory(plan, float64(f.memory(baseline(plan))+spiked(plan)))), sink)
		},
		Stop: func(context.Context) (bench.Exit, error) {
			if sampling.Load() { // a discarded trial is not sampled
				<-sampled
			}
			f.call("stop %s", plan.Variant.Name)
			return bench.Exit{}, nil
		},
	}
	if f.spoil != nil {
		f.spoil(plan, s)
	}
	text := ""
	if held := spiked(plan); held > 0 && !f.silent {
		text = fmt.Sprintf("%s%d\nit serves\n", bench.HeldLine, held+f.besides)
	}
	if f.log != nil {
		text += f.log(plan)
	}
	if text != "" {
		if err := os.WriteFile(filepath.Join(plan.Dir, bench.VariantLog), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	f.plan, f.loaded = plan, false
	return s, nil
}

// baseline is the plan of the variant that a control repeats: what the test
// says of "a" holds for the controls too, unless it looks at the arm itself.
func baseline(p bench.TrialPlan) bench.TrialPlan {
	if p.Variant.Name == bench.NullArm || p.Spike != nil {
		p.Variant.Name = "a"
	}
	return p
}

func spiked(p bench.TrialPlan) uint64 {
	if p.Spike == nil {
		return 0
	}
	return uint64(p.Spike.Memory)
}

// load answers every hit of the schedule after the latency of the variant that
// was started last.
func (f *fakeRig) load(ctx context.Context, url string, a bench.Attack, sink func(bench.Hit) error) (bench.LoadReport, error) {
	f.call("load %s", url)
	f.attacks = append(f.attacks, a)
	r := bench.LoadReport{Began: f.now, MostInFlight: f.inFlight}
	var at, free time.Duration
	for _, p := range a.Phases {
		for k := range p.Hits() {
			due := at + p.Course().Due(float64(k))
			h := bench.Hit{
				Seq: r.Sent, Intended: due, Sent: due + f.lag, Done: due + f.respond() + queued(&free, due, f.queue),
				Status: f.status(r.Sent), Target: f.target(r.Sent), Digest: f.digest(f.plan, r.Sent),
			}
			if h.Status == 0 {
				h.Error = "EOF"
			}
			if f.connection != nil {
				h.Connection = f.connection(r.Sent)
			}
			if err := sink(h); err != nil {
				return r, err
			}
			r.Offered, r.Sent = r.Offered+1, r.Sent+1
		}
		at += p.For
		f.now = f.now.Add(p.For)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loaded = true
	r.CPUSeconds = f.generatorCPU
	return r, ctx.Err()
}

func (f *fakeRig) respond() time.Duration {
	d := f.latency(baseline(f.plan))
	if s := f.plan.Spike; s != nil {
		d += s.Delay
	}
	return time.Duration(f.armLatency(f.plan, float64(d)))
}

// samples writes one sample for each second of the trial so far. Each arrives when
// it is taken, or after its delay.
func (f *fakeRig) samples(from time.Time, memory uint64, sink func(bench.Sample) error) error {
	kernel, cpu := uint64(0), 0.0
	end := f.now
	defer func() { f.now = end }()
	for at, i := from, 0; at.Before(end); at, i = at.Add(time.Second), i+1 {
		if f.now = at; f.delay != nil {
			f.now = at.Add(f.delay(i))
		}
		s := bench.Sample{At: at, Cgroup: &bench.Cgroup{Version: 2, Usage: memory, Anon: memory, Kernel: &kernel, CPUSeconds: &cpu}}
		if err := sink(s); err != nil {
			return err
		}
	}
	return nil
}

// scenario is two variants and a window that is simple to compute.
const scenario = `name: fake
variants:
  - {name: a, build: ./a}
  - {name: b, build: ./b}
load:
  target: {path: /}
  idle: 2s
  phases:
    - {name: warm, rate: 50/s, for: 2s}
    - {name: window, rate: 50/s, for: 10s, measure: true}
blocks: 6
claims:
  - {id: less, says: it takes less, metric: memory.mean, of: b, against: a, reduction: {at_least: 50%}}
  - {id: fast, says: it is as fast, metric: latency.p50, of: b, against: a, ratio: {at_most: 1.1}}
`

// create makes a run of the scenario, changed by pairs of old and new text.
func create(t *testing.T, oldnew ...string) *bench.Run {
	t.Helper()
	text := strings.NewReplacer(oldnew...).Replace(scenario)
	run, err := bench.CreateRun(filepath.Join(t.TempDir(), "run"), []byte(text), bench.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// execute runs it on the fake machine and judges what is on disk.
func execute(t *testing.T, run *bench.Run, f *fakeRig) *bench.Verdict {
	t.Helper()
	if err := bench.Execute(t.Context(), run, f.rig()); err != nil {
		t.Fatal(err)
	}
	return judged(t, run.Dir)
}

// judged is the verdict on what a directory holds.
func judged(t *testing.T, dir string) *bench.Verdict {
	t.Helper()
	run, err := bench.OpenRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	v, err := bench.Judge(run)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
