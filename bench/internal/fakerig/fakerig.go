// Package fakerig is a machine without processes, for tests: it keeps its own time, notes
// every call and answers with the memory and latency that the test chose.
package fakerig

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// Rig is a machine without processes: it keeps time by itself, notes each
// call, and answers with the memory and latency that the test gives a variant.
type Rig struct {
	mu    sync.Mutex
	Calls []string
	Now   time.Time

	Memory  func(plan experiment.TrialPlan) uint64        // headline bytes, constant over a trial
	Latency func(plan experiment.TrialPlan) time.Duration // of each hit
	// armMemory and armLatency have the last word on an arm, controls included.
	ArmMemory, ArmLatency func(plan experiment.TrialPlan, x float64) float64
	Spoil                 func(plan experiment.TrialPlan, s *experiment.Subject)
	Digest                func(plan experiment.TrialPlan, seq uint64) uint64
	Counters              func(plan experiment.TrialPlan, loaded bool) record.Counters
	Start                 func(plan experiment.TrialPlan) error
	Lag                   time.Duration
	Status                func(seq uint64) int
	Target                func(seq uint64) int
	Connection            func(seq uint64) metric.Connection // nil: not noted
	InFlight              int
	plan                  experiment.TrialPlan      // of the trial that was started last
	loaded                bool                      // it was
	Queue                 float64                   // requests a second that are answered at the most; 0: any number
	Quiet                 func() metric.Noise       // nil: nobody looks
	Looks                 []time.Duration           // how long each was to take
	GeneratorCPU          float64                   // seconds of an attack
	Delay                 func(i int) time.Duration // of a sample on its way; nil: none
	Programs              []metric.ProgramCPU       // of others, during the load
	Notes                 []string
	Log                   func(plan experiment.TrialPlan) string // what the variant prints
	Silent                bool                                   // the holder of memory says nothing
	Besides               uint64                                 // bytes that it holds beyond what it was asked to
	Discard               bool                                   // caches are charged to the first
	Attacks               []scenario.Attack
}

// New is a rig on which every request succeeds after 10 ms and variant a holds 1,000 MB,
// b 400 MB.
func New() *Rig {
	asIs := func(_ experiment.TrialPlan, x float64) float64 { return x }
	return &Rig{
		ArmMemory: asIs, ArmLatency: asIs,
		Now:     time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Memory:  func(p experiment.TrialPlan) uint64 { return map[string]uint64{"a": 1000e6, "b": 400e6}[p.Arm.Name] },
		Latency: func(experiment.TrialPlan) time.Duration { return 10 * time.Millisecond },
		Status:  func(uint64) int { return 200 },
		Digest:  func(_ experiment.TrialPlan, seq uint64) uint64 { return seq + 1 },
		Target:  func(uint64) int { return 0 },
	}
}

// now and set are the rig's clock. An interrupted load still runs while samples are
// handed over.
func (f *Rig) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.Now
}

func (f *Rig) set(at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Now = at
}

func (f *Rig) call(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Calls = append(f.Calls, fmt.Sprintf(format, args...))
}

// Rig is the machine that an experiment runs on.
func (f *Rig) Rig() experiment.Rig {
	var quiet func(context.Context, time.Duration) (metric.Noise, error)
	if f.Quiet != nil {
		quiet = func(ctx context.Context, look time.Duration) (metric.Noise, error) {
			f.call("quiet")
			f.Looks = append(f.Looks, look)
			return f.Quiet(), ctx.Err()
		}
	}
	return experiment.Rig{
		Quiet: quiet, Programs: func() func() []metric.ProgramCPU {
			return func() []metric.ProgramCPU { return f.Programs }
		},
		Discard: f.Discard, Start: f.startTrial,
		Load: f.load,
		Now:  f.now,
		Sleep: func(ctx context.Context, d time.Duration) error {
			f.call("sleep %v", d)
			f.set(f.now().Add(d))
			return ctx.Err()
		},
		Progress: func(e experiment.Event) {
			if e.Note != "" {
				f.Notes = append(f.Notes, e.Note)
			}
		},
	}
}

func (f *Rig) startTrial(_ context.Context, plan experiment.TrialPlan) (*experiment.Subject, error) {
	f.call("start %s", plan.Arm.Name)
	if f.Start != nil {
		if err := f.Start(plan); err != nil {
			return nil, err
		}
	}
	sampled, sampling := make(chan struct{}), atomic.Bool{}
	began := f.now()
	s := &experiment.Subject{
		URL:      "fake://" + plan.Arm.Name,
		Describe: func(context.Context) (map[string]string, error) { f.call("describe"); return nil, nil },
		Count: func(context.Context) (record.Counters, error) {
			f.call("count")
			if f.Counters == nil {
				return record.Counters{}, nil
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			return f.Counters(plan, f.loaded), nil
		},
		Sample: func(ctx context.Context, sink func(metric.Sample) error) error {
			sampling.Store(true)
			defer close(sampled)
			<-ctx.Done()
			return f.samples(began, uint64(f.ArmMemory(plan, float64(f.Memory(baseline(plan))+spiked(plan)))), sink)
		},
		Stop: func(context.Context) (record.Exit, error) {
			if sampling.Load() { // a discarded trial is not sampled
				<-sampled
			}
			f.call("stop %s", plan.Arm.Name)
			return record.Exit{}, nil
		},
	}
	if f.Spoil != nil {
		f.Spoil(plan, s)
	}
	text := ""
	if held := spiked(plan); held > 0 && !f.Silent {
		text = fmt.Sprintf("%s%d\nit serves\n", measure.HeldLine, held+f.Besides)
	}
	if f.Log != nil {
		text += f.Log(plan)
	}
	if text != "" {
		if err := os.WriteFile(filepath.Join(plan.Dir, record.VariantLog), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	f.plan, f.loaded = plan, false
	return s, nil
}

// baseline is the plan of the variant that a control repeats: what the test
// says of "a" holds for the controls too, unless it looks at the arm itself.
func baseline(p experiment.TrialPlan) experiment.TrialPlan {
	if p.Arm.Name == scenario.AAArm || p.Arm.Injected != nil {
		p.Arm.Name = "a"
	}
	return p
}

func spiked(p experiment.TrialPlan) uint64 {
	if p.Arm.Injected == nil {
		return 0
	}
	return uint64(p.Arm.Injected.Memory)
}

// load answers every hit of the schedule after the latency of the variant that
// was started last.
func (f *Rig) load(ctx context.Context, url string, a scenario.Attack, sink func(metric.Hit) error) (record.LoadReport, error) {
	f.call("load %s", url)
	f.Attacks = append(f.Attacks, a)
	r := record.LoadReport{Began: f.now(), MostInFlight: f.InFlight}
	var at, free time.Duration
	for _, p := range a.Phases {
		for k := range p.Hits() {
			due := at + p.Shape().Due(float64(k))
			h := metric.Hit{
				Seq: r.Sent, Intended: due, Sent: due + f.Lag, Done: due + f.respond() + queued(&free, due, f.Queue),
				Status: f.Status(r.Sent), Target: f.Target(r.Sent), Digest: f.Digest(f.plan, r.Sent),
			}
			if h.Status == 0 {
				h.Error = "EOF"
			}
			if f.Connection != nil {
				h.Connection = f.Connection(r.Sent)
			}
			if err := sink(h); err != nil {
				return r, err
			}
			r.Offered, r.Sent = r.Offered+1, r.Sent+1
		}
		at += p.For
		f.set(f.now().Add(p.For))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loaded = true
	r.CPUSeconds = f.GeneratorCPU
	return r, ctx.Err()
}

func (f *Rig) respond() time.Duration {
	d := f.Latency(baseline(f.plan))
	if s := f.plan.Arm.Injected; s != nil {
		d += s.Delay
	}
	return time.Duration(f.ArmLatency(f.plan, float64(d)))
}

// samples writes one sample for each second of the trial so far. Each arrives when
// it is taken, or after its delay.
func (f *Rig) samples(from time.Time, memory uint64, sink func(metric.Sample) error) error {
	kernel, cpu := uint64(0), 0.0
	end := f.now()
	defer func() { f.set(end) }()
	for at, i := from, 0; at.Before(end); at, i = at.Add(time.Second), i+1 {
		arrives := at
		if f.Delay != nil {
			arrives = at.Add(f.Delay(i))
		}
		f.set(arrives)
		s := metric.Sample{At: at, Cgroup: &metric.Cgroup{Version: 2, Usage: memory, Anon: memory, Kernel: &kernel, CPUSeconds: &cpu}}
		if err := sink(s); err != nil {
			return err
		}
	}
	return nil
}

// queued is how long a hit waits in a queue that is served at a rate, where
// each comes as the schedule says.
func queued(free *time.Duration, due time.Duration, capacity float64) time.Duration {
	if capacity == 0 {
		return 0
	}
	*free = max(*free, due) + time.Duration(float64(time.Second)/capacity)
	return *free - due
}

const CompanionScenario = "\nsidecars: [{name: cache, image: redis, port: 6379}]\n"

// Trials is how many trials the rig was asked for.
func (f *Rig) Trials() (n int) { return Count(f.Calls, "start ") }
