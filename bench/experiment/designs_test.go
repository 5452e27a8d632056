package experiment_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// The designs of this file are toys. They show that the conductor can host experiments
// other than a comparison: a search, a sweep, one long trial, several machines.

// oneVariant leaves variant a, and no claim.
var oneVariant = []string{"  - {name: b, build: ./b}\n", "", fakerig.Text[strings.Index(fakerig.Text, "claims:"):], ""}

// search finds, by bisection, the smallest memory limit that a service survives. An OOM
// kill is an answer, and not a failure of the run.
type search struct {
	sc         *scenario.Scenario
	resolution metric.Bytes
}

func (d search) bracket(done []design.Block) (dies, lives metric.Bytes) {
	dies, lives = 0, 1024<<20
	for i, b := range done {
		limit := d.limit(done[:i])
		if len(b.Trials[0].Result.Failed) > 0 {
			dies = limit
		} else {
			lives = limit
		}
	}
	return dies, lives
}

func (d search) limit(done []design.Block) metric.Bytes {
	dies, lives := d.bracket(done)
	return (dies + lives) / 2
}

func (d search) Next(done, running []design.Block) ([]scenario.Arm, bool) {
	if dies, lives := d.bracket(done); len(running) > 0 || lives-dies <= d.resolution {
		return nil, len(running) > 0
	}
	arm := d.sc.Arm(d.sc.Variants[0])
	arm.Limits.Memory = d.limit(done)
	arm.Name = fmt.Sprintf("limit-%dMiB", arm.Limits.Memory>>20)
	arm.Factors = map[string]string{"limits.memory": fmt.Sprintf("%dMiB", arm.Limits.Memory>>20)}
	return []scenario.Arm{arm}, true
}

func (d search) Conclude(blocks []design.Block) []verdict.Finding {
	_, lives := d.bracket(blocks)
	safe := float64(lives)
	return []verdict.Finding{{Question: "the least safe limit", Outcome: verdict.NothingClaimed, Estimate: &safe, Unit: metric.UnitBytes}}
}

func TestConductHostsASearch(t *testing.T) {
	f, run := fakerig.New(), fakerig.Create(t, oneVariant...)
	const needs = 300 << 20
	f.Spoil = func(p experiment.TrialPlan, s *experiment.Subject) {
		if p.Arm.Limits.Memory < needs {
			fakerig.Exits(s, record.Exit{Code: 137, OOMKilled: true})
		}
	}
	d := search{run.Scenario, 16 << 20}
	if err := experiment.Conduct(t.Context(), d, run, f.Rig()); err != nil {
		t.Fatal(err)
	}
	found := conclude(t, d, run.Dir)
	if got := *found[0].Estimate; got < needs || got > needs+16<<20 || len(run.Trials) != 6 {
		t.Errorf("the least safe limit is %v after %d trials, want %d or up to 16 MiB more after 6", got, len(run.Trials), needs)
	}
	if first := run.Trials[0]; first.Limits == nil || first.Limits.Memory != 512<<20 || first.Factors["limits.memory"] != "512MiB" {
		t.Errorf("the first trial had limits %+v, factors %v", first.Limits, first.Factors)
	}
}

// sweep measures one variant at several rates, twice each.
type sweep struct {
	sc    *scenario.Scenario
	rates []metric.Rate
}

func (d sweep) Next(done, running []design.Block) (arms []scenario.Arm, more bool) {
	if len(done)+len(running) == 2 {
		return nil, len(running) > 0
	}
	for _, rate := range d.rates {
		arm := d.sc.Arm(d.sc.Variants[0])
		arm.Name, arm.Factors = fmt.Sprintf("rate-%v", float64(rate)), map[string]string{"rate": rate.String()}
		arm.Load.Phases = append(arm.Load.Phases[:0:0], arm.Load.Phases...)
		for i := range arm.Load.Phases {
			arm.Load.Phases[i].Rate = rate
		}
		arms = append(arms, arm)
	}
	return arms, true
}

func (d sweep) Conclude(blocks []design.Block) (all []verdict.Finding) {
	for _, b := range blocks {
		for _, t := range b.Trials {
			p50 := t.Result.Figures["latency.p50"]
			all = append(all, verdict.Finding{Question: t.Result.Variant, Estimate: &p50, Unit: metric.UnitSeconds})
		}
	}
	return all
}

func TestConductHostsASweep(t *testing.T) {
	f, run := fakerig.New(), fakerig.Create(t, oneVariant...)
	f.Hit = fakerig.QueueAt(100) // the service's capacity in requests per second
	d := sweep{run.Scenario, []metric.Rate{50, 90, 200}}
	if err := experiment.Conduct(t.Context(), d, run, f.Rig()); err != nil {
		t.Fatal(err)
	}
	found := conclude(t, d, run.Dir)
	if len(found) != 6 {
		t.Fatalf("%d findings of %d trials, want 6", len(found), len(run.Trials))
	}
	for i, finding := range found {
		slow := *finding.Estimate > 1
		if over := finding.Question == "rate-200"; slow != over {
			t.Errorf("%d: p50 at %s is %v s", i, finding.Question, *finding.Estimate)
		}
	}
}

// soak runs one trial of an hour.
type soak struct{ sc *scenario.Scenario }

func (d soak) Next(done, running []design.Block) ([]scenario.Arm, bool) {
	if len(done)+len(running) > 0 {
		return nil, len(running) > 0
	}
	return []scenario.Arm{d.sc.Arm(d.sc.Variants[0])}, true
}

func (d soak) Conclude(blocks []design.Block) []verdict.Finding {
	growth := blocks[0].Trials[0].Result.Figures[metric.MemoryGrowth]
	return []verdict.Finding{{Question: "does it leak?", Estimate: &growth, Unit: metric.UnitBytes}}
}

func TestConductHostsOneLongTrial(t *testing.T) {
	f := fakerig.New()
	run := fakerig.Create(t, append(oneVariant, "rate: 50/s, for: 10s", "rate: 1/s, for: 1h")...)
	f.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) {
		fakerig.SpoilSamples(s, func(i int, sample *metric.Sample) { sample.Cgroup.Anon += uint64(i) * 1000 })
	}
	d := soak{run.Scenario}
	if err := experiment.Conduct(t.Context(), d, run, f.Rig()); err != nil {
		t.Fatal(err)
	}
	if took := f.Now.Sub(run.Trials[0].Began); took < time.Hour || len(run.Trials) != 1 {
		t.Errorf("%d trials, the first took %v; want one of more than an hour", len(run.Trials), took)
	}
	if leak := *conclude(t, d, run.Dir)[0].Estimate; leak < 0.99e6 || leak > 1.01e6 {
		t.Errorf("it grows by %v bytes per 1,000 requests, want 1,000,000", leak)
	}
	again := fakerig.New()
	if err := experiment.Conduct(t.Context(), d, reopened(t, run.Dir), again.Rig()); err != nil || again.Trials() != 0 {
		t.Errorf("resumed: %d trials, %v; want none", again.Trials(), err)
	}
}

// TestConductGivesBlocksToSeveralRigs: two machines work at the same time. Each block
// stays on one, and the second machine's facts are in its trials.
func TestConductGivesBlocksToSeveralRigs(t *testing.T) {
	run := fakerig.Create(t, fakerig.Fixed...)
	run.Meta.Machine = map[string]string{"kernel": "6.1", "engine": "docker"}
	rigs, both := []*fakerig.Rig{fakerig.New(), fakerig.New()}, make(chan struct{})
	started := make(chan int, 1000)
	for i, f := range rigs {
		f.Start = func(p experiment.TrialPlan) error {
			started <- i
			if p.Position == 1 {
				select { // each waits until the other has begun
				case <-both:
				case <-t.Context().Done():
				}
			}
			return nil
		}
	}
	go func() {
		for seen := map[int]bool{}; len(seen) < 2; {
			seen[<-started] = true
		}
		close(both)
	}()
	first, second := rigs[0].Rig(), rigs[1].Rig()
	second.Facts = map[string]string{"kernel": "6.12", "engine": "docker"}
	if err := experiment.Conduct(t.Context(), design.Of(run), run, first, second); err != nil {
		t.Fatal(err)
	}
	if v := fakerig.Judged(t, run.Dir); v.Outcome != verdict.Proven || v.Blocks != 6 {
		t.Errorf("%s over %d blocks: %q", v.Outcome, v.Blocks, v.Reasons)
	}
	if rigs[0].Trials() == 0 || rigs[1].Trials() == 0 || rigs[0].Trials()+rigs[1].Trials() != len(run.Trials) {
		t.Errorf("%d and %d trials on the two rigs, %d in all", rigs[0].Trials(), rigs[1].Trials(), len(run.Trials))
	}
	for _, block := range reopened(t, run.Dir).Blocks() {
		where := block[0].Machine["kernel"]
		for _, trial := range block {
			if trial.Machine["kernel"] != where || trial.Machine["engine"] != "" {
				t.Errorf("%s has machine facts %v, its block began with kernel %q", trial.Label(), trial.Machine, where)
			}
		}
	}
}

// TestRigsShareTheRepeats: two machines are disturbed at the same time, and ask for their
// repeats while neither has finished one. The run has no more repeats than max_repeats.
func TestRigsShareTheRepeats(t *testing.T) {
	run := fakerig.Create(t, "blocks: 6", "blocks: 6\nmax_repeats: 2\ncontrols: {memory: 64MB, delay: 20ms}")
	rigs := []*fakerig.Rig{fakerig.New(), fakerig.New()}
	var ended, asked sync.WaitGroup // of both rigs: the first block's last arm; the request for repeats
	ended.Add(len(rigs))
	asked.Add(len(rigs))
	for _, f := range rigs {
		var once sync.Once
		f.Lag = time.Second // all figures of time are spoiled
		f.Spoil = func(p experiment.TrialPlan, s *experiment.Subject) {
			if p.Block > len(rigs) || p.Position != p.Arms {
				return
			}
			stop := s.Stop
			s.Stop = func(ctx context.Context) (record.Exit, error) {
				ended.Done()
				ended.Wait()
				return stop(ctx)
			}
		}
		f.Start = func(p experiment.TrialPlan) error {
			if p.Block > len(rigs) || p.Position > p.Arms { // it has asked
				once.Do(asked.Done)
				asked.Wait()
			}
			return nil
		}
	}
	if err := experiment.Conduct(t.Context(), design.Of(run), run, rigs[0].Rig(), rigs[1].Rig()); err != nil {
		t.Fatal(err)
	}
	repeats := 0
	for _, trial := range run.Trials {
		if trial.Position > trial.Arms {
			repeats++
		}
	}
	if repeats != 2 {
		t.Errorf("%d trials were run again, want 2", repeats)
	}
}

// TestConductEndsAllRigs: an error on one rig ends the others, and is returned.
func TestConductEndsAllRigs(t *testing.T) {
	run, broken, failed := fakerig.Create(t), errors.New("no network"), make(chan struct{})
	f, other := fakerig.New(), fakerig.New()
	f.Start = func(experiment.TrialPlan) error { <-failed; return nil }
	other.Start = func(experiment.TrialPlan) error { close(failed); return broken }
	if err := experiment.Conduct(t.Context(), design.Of(run), run, f.Rig(), other.Rig()); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

func conclude(t *testing.T, d design.Design, dir string) []verdict.Finding {
	t.Helper()
	run, cache, blocks := reopened(t, dir), measure.Cache{}, []design.Block(nil)
	for _, records := range run.Blocks() {
		b := design.Block{Number: records[0].Block}
		if err := b.Measure(&cache, run.Scenario, records); err != nil {
			t.Fatal(err)
		}
		blocks = append(blocks, b)
	}
	return d.Conclude(blocks)
}

func reopened(t *testing.T, dir string) *record.Run {
	t.Helper()
	run, err := record.OpenRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	return run
}
