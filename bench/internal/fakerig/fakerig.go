// Package fakerig is a machine without processes, for tests. It has its own clock,
// records every call, and answers with the memory and latency that the test chose.
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

// Rig is the machine. The functions that New leaves nil change nothing.
type Rig struct {
	mu     sync.Mutex
	plan   experiment.TrialPlan // of the trial that was started last
	loaded bool                 // that trial had its load

	Calls, Notes []string
	Now          time.Time

	// Memory is in bytes, constant over a trial. Latency is the response time of each
	// hit. Both are asked for the baseline in place of a control. ArmMemory and
	// ArmLatency then change the value of an arm, controls included.
	Memory                func(plan experiment.TrialPlan) uint64
	Latency               func(plan experiment.TrialPlan) time.Duration
	ArmMemory, ArmLatency func(plan experiment.TrialPlan, x float64) float64

	Lag      time.Duration // of each hit
	Status   func(seq uint64) int
	Hit      func(plan experiment.TrialPlan, h *metric.Hit)
	Report   func(r *record.LoadReport) // at the end of a load
	Counters func(plan experiment.TrialPlan, loaded bool) record.Counters
	Quiet    func() metric.Noise                    // nil: no readings
	Log      func(plan experiment.TrialPlan) string // output of the variant
	Held     func(added uint64) uint64              // bytes that the holder reports; 0: no line
	Start    func(plan experiment.TrialPlan) error
	Spoil    func(plan experiment.TrialPlan, s *experiment.Subject)
	Change   func(r *experiment.Rig)
}

// New returns a rig on which every request succeeds after 10 ms. Variant a holds
// 1,000 MB, b 400 MB.
func New() *Rig {
	same := func(_ experiment.TrialPlan, x float64) float64 { return x }
	return &Rig{
		ArmMemory: same, ArmLatency: same,
		Now:     time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Memory:  func(p experiment.TrialPlan) uint64 { return map[string]uint64{"a": 1000e6, "b": 400e6}[p.Arm.Name] },
		Latency: func(experiment.TrialPlan) time.Duration { return 10 * time.Millisecond },
		Status:  func(uint64) int { return 200 },
		Log:     func(experiment.TrialPlan) string { return "" },
		Held:    func(added uint64) uint64 { return added },
	}
}

// locked locks the clock and the calls: an interrupted load still runs while samples
// arrive.
func (f *Rig) locked(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

func (f *Rig) set(at time.Time) { f.locked(func() { f.Now = at }) }

func (f *Rig) now() (at time.Time) {
	f.locked(func() { at = f.Now })
	return at
}

func (f *Rig) call(format string, args ...any) {
	f.locked(func() { f.Calls = append(f.Calls, fmt.Sprintf(format, args...)) })
}

// Rig returns the machine for an experiment.
func (f *Rig) Rig() experiment.Rig {
	r := experiment.Rig{
		Start: f.startTrial,
		Load:  f.load,
		Now:   f.now,
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
	if f.Quiet != nil {
		r.Quiet = func(ctx context.Context, _ time.Duration) (metric.Noise, error) {
			f.call("quiet")
			return f.Quiet(), ctx.Err()
		}
	}
	if f.Change != nil {
		f.Change(&r)
	}
	return r
}

func (f *Rig) startTrial(_ context.Context, plan experiment.TrialPlan) (*experiment.Subject, error) {
	f.call("start %s", plan.Arm.Name)
	if f.Start != nil {
		if err := f.Start(plan); err != nil {
			return nil, err
		}
	}
	f.plan, f.loaded = plan, false
	s := f.subject(plan)
	if f.Spoil != nil {
		f.Spoil(plan, s)
	}
	text := f.Log(plan)
	if held := f.Held(added(plan)); added(plan) > 0 && held > 0 {
		text = fmt.Sprintf("%s%d\nit serves\n%s", measure.HeldLine, held, text)
	}
	if text == "" {
		return s, nil
	}
	return s, os.WriteFile(filepath.Join(plan.Dir, record.VariantLog), []byte(text), 0o600)
}

func (f *Rig) subject(plan experiment.TrialPlan) *experiment.Subject {
	sampled, sampling := make(chan struct{}), atomic.Bool{}
	began := f.now()
	return &experiment.Subject{
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
			return f.samples(began, uint64(f.ArmMemory(plan, float64(f.Memory(baseline(plan))+added(plan)))), sink)
		},
		Stop: func(context.Context) (record.Exit, error) {
			if sampling.Load() { // a discarded trial is not sampled
				<-sampled
			}
			f.call("stop %s", plan.Arm.Name)
			return record.Exit{}, nil
		},
	}
}

// baseline returns the plan of variant a for a control, which repeats it.
func baseline(p experiment.TrialPlan) experiment.TrialPlan {
	if p.Arm.Name == scenario.AAArm || p.Arm.Injected != nil {
		p.Arm.Name = "a"
	}
	return p
}

// added returns the bytes that the plan injects.
func added(p experiment.TrialPlan) uint64 {
	if p.Arm.Injected == nil {
		return 0
	}
	return uint64(p.Arm.Injected.Memory)
}

// load answers every hit of the schedule for the variant that was started last.
func (f *Rig) load(ctx context.Context, url string, a scenario.Attack, sink func(metric.Hit) error) (record.LoadReport, error) {
	f.call("load %s", url)
	r := record.LoadReport{Began: f.now()}
	at := time.Duration(0)
	for _, p := range a.Phases {
		for k := range p.Hits() {
			if err := sink(f.hit(r.Sent, at+p.Shape().Due(float64(k)))); err != nil {
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
	if f.Report != nil {
		f.Report(&r)
	}
	return r, ctx.Err()
}

func (f *Rig) hit(seq uint64, due time.Duration) metric.Hit {
	latency := f.Latency(baseline(f.plan))
	if s := f.plan.Arm.Injected; s != nil {
		latency += s.Delay
	}
	latency = time.Duration(f.ArmLatency(f.plan, float64(latency)))
	h := metric.Hit{Seq: seq, Intended: due, Sent: due + f.Lag, Done: due + latency, Status: f.Status(seq), Digest: seq + 1}
	if h.Status == 0 {
		h.Error = "EOF"
	}
	if f.Hit != nil {
		f.Hit(f.plan, &h)
	}
	return h
}

// samples sends one sample for each second of the trial so far. Each arrives at once.
func (f *Rig) samples(from time.Time, memory uint64, sink func(metric.Sample) error) error {
	kernel, cpu := uint64(0), 0.0
	end := f.now()
	defer func() { f.set(end) }()
	for at := from; at.Before(end); at = at.Add(time.Second) {
		f.set(at)
		s := metric.Sample{At: at, Cgroup: &metric.Cgroup{Version: 2, Usage: memory, Anon: memory, Kernel: &kernel, CPUSeconds: &cpu}}
		if err := sink(s); err != nil {
			return err
		}
	}
	return nil
}

// QueueAt is for [Rig.Hit]: hits wait in a queue that is served at the rate, in requests
// per second. 0 is no queue.
func QueueAt(rate float64) func(experiment.TrialPlan, *metric.Hit) {
	var free time.Duration // when the queue is empty
	return func(_ experiment.TrialPlan, h *metric.Hit) {
		if h.Seq == 0 {
			free = 0
		}
		if rate > 0 {
			free = max(free, h.Intended) + time.Duration(float64(time.Second)/rate)
			h.Done += free - h.Intended
		}
	}
}

// Trials returns how many trials were started.
func (f *Rig) Trials() (n int) { return Count(f.Calls, "start ") }
