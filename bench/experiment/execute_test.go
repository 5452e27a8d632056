package experiment_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// TestExecuteOrderOfCalls pins the order of calls in a trial, and that blocks hold
// every variant once.
func TestExecuteOrderOfCalls(t *testing.T) {
	f := fakerig.New()
	run := fakerig.Create(t)
	fakerig.Execute(t, run, f)
	var want []string
	order, blocks := design.Order(run.Scenario), map[int][]string{}
	for _, tr := range run.Trials {
		v := tr.Variant
		want = append(want, "start "+v, "describe", "sleep 2s", "count", "load fake://"+v, "count", "stop "+v)
		if v != scenario.MemoryArm && v != scenario.DelayArm {
			blocks[tr.Block] = append(blocks[tr.Block], v)
		}
	}
	for n, names := range blocks {
		if !slices.Equal(names, namesOf(order[n-1])) {
			t.Errorf("block %d runs %q besides the injected arms, want %q", n, names, namesOf(order[n-1]))
		}
	}
	if !slices.Equal(f.Calls, want) {
		t.Errorf("calls:\n%s\nwant:\n%s", strings.Join(f.Calls, "\n"), strings.Join(want, "\n"))
	}
}

func namesOf(arms []scenario.Variant) (names []string) {
	for _, v := range arms {
		names = append(names, v.Name)
	}
	return names
}

func TestOrderIsRandomAndRepeatable(t *testing.T) {
	run := fakerig.Create(t, "blocks: 6", "blocks: 20")
	order := design.Order(run.Scenario)
	first := map[string]int{}
	for i, block := range order {
		names := map[string]bool{}
		for _, arm := range block {
			names[arm.Name] = true
		}
		if len(block) != 3 || !names["a"] || !names["b"] || !names[scenario.AAArm] {
			t.Fatalf("block %d does not hold each arm once: %v", i+1, block)
		}
		first[block[0].Name]++
	}
	if first["a"] < 6 || first["b"] < 6 || first[scenario.AAArm] < 6 {
		t.Errorf("positions are not balanced: first %v", first)
	}
	again := design.Order(run.Scenario)
	for i := range order {
		if order[i][0].Name != again[i][0].Name {
			t.Fatalf("block %d differs between two draws of one seed", i+1)
		}
	}
}

// TestOrderBalancesWhatComesBefore: over as many blocks as there are arms (twice as
// many for an odd number), each arm follows each other equally often.
func TestOrderBalancesWhatComesBefore(t *testing.T) {
	three := []string{"  - {name: b, build: ./b}", "  - {name: b, build: ./b}\n  - {name: c, build: ./c}"}
	for _, tt := range []struct {
		arms, blocks, times int
		yaml                []string
	}{{3, 12, 4, nil}, {4, 12, 3, three}} {
		run := fakerig.Create(t, append(tt.yaml, "blocks: 6", fmt.Sprintf("blocks: %d", tt.blocks))...)
		after := map[[2]string]int{}
		for _, block := range design.Order(run.Scenario) {
			for i := 1; i < len(block); i++ {
				after[[2]string{block[i-1].Name, block[i].Name}]++
			}
		}
		if len(after) != tt.arms*(tt.arms-1) {
			t.Errorf("%d pairs of neighbours, want each of %d arms after each other: %v", len(after), tt.arms, after)
		}
		for pair, n := range after {
			if n != tt.times {
				t.Errorf("%q stand together %d times in %d blocks, want %d", pair, n, tt.blocks, tt.times)
			}
		}
	}
}

// TestExecuteInterruptedStop: an interrupt during the stop kills the variant. That end
// is not its own, so its trial is not kept. The error names the trial.
func TestExecuteInterruptedStop(t *testing.T) {
	for name, tt := range map[string]struct {
		exit record.Exit
		want experiment.TrialError // without the cause
	}{
		"killed":    {record.Exit{Code: -1, Signal: 9}, experiment.TrialError{Block: 1, Trial: 1}},
		"in order":  {record.Exit{}, experiment.TrialError{Block: 1, Trial: 2}},
		"by status": {record.Exit{Code: 1}, experiment.TrialError{Block: 1, Trial: 2}},
	} {
		f := fakerig.New()
		ctx, cancel := context.WithCancel(t.Context())
		f.Start = func(experiment.TrialPlan) error { return ctx.Err() }
		f.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) {
			fakerig.Exits(s, tt.exit)
			stop := s.Stop
			s.Stop = func(ctx context.Context) (record.Exit, error) { cancel(); return stop(ctx) }
		}
		run := fakerig.Create(t, fakerig.Fixed...)
		err := experiment.Conduct(ctx, design.Of(run), run, f.Rig())
		var at experiment.TrialError
		if !errors.As(err, &at) || at.Block != tt.want.Block || at.Trial != tt.want.Trial || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want one of block %d, trial %d", name, err, tt.want.Block, tt.want.Trial)
		}
		if got := len(run.Trials); got != tt.want.Trial-1 {
			t.Errorf("%s: %d trials are kept, want %d", name, got, tt.want.Trial-1)
		}
	}
}

// TestExecuteResumes interrupts a run in its third block and resumes it.
func TestExecuteResumes(t *testing.T) {
	f := fakerig.New()
	run := fakerig.Create(t, fakerig.Fixed...)
	ctx, cancel := context.WithCancel(t.Context())
	starts := 0
	f.Start = func(experiment.TrialPlan) error {
		if starts++; starts == 13 { // the third trial of block 3
			cancel()
		}
		return ctx.Err()
	}
	if err := experiment.Conduct(ctx, design.Of(run), run, f.Rig()); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
	left, err := record.OpenRun(run.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left.Trials) != 12 {
		t.Fatalf("%d whole trials are on disk, want 12", len(left.Trials))
	}

	f.Start, f.Calls = nil, nil
	v := fakerig.Execute(t, left, f)
	if n := fakerig.Count(f.Calls, "start "); n != 10 {
		t.Errorf("%d trials were run on resuming, want the 10 that the blocks 3 to 6 lack", n)
	}
	if v.Blocks != 6 || v.Outcome != verdict.Proven {
		t.Errorf("%d blocks, %s; want 6, PROVEN", v.Blocks, v.Outcome)
	}
}

// TestExecuteRepeatsADisturbedTrial spoils one trial: it is kept and shown, and run
// again at the end of its block.
func TestExecuteRepeatsADisturbedTrial(t *testing.T) {
	f := fakerig.New()
	f.Spoil = spoilOnce(func(s *experiment.Subject) {
		sample := s.Sample
		s.Sample = func(ctx context.Context, sink func(metric.Sample) error) error {
			return errors.Join(sample(ctx, sink), errors.New("no more samples"))
		}
	})
	v := fakerig.Execute(t, fakerig.Create(t, "blocks: 6", "blocks: 6\nmax_repeats: 1"), f)
	if len(v.Trials) != 6*3+4+1 || v.Blocks != 6 || v.Outcome != verdict.Proven {
		t.Errorf("%d trials, %d valid blocks, %s; want 23, 6, PROVEN: %q", len(v.Trials), v.Blocks, v.Outcome, v.Reasons)
	}
	if !slices.Equal(fakerig.Codes(v.Disturbed), []metric.Code{metric.SamplerStopped}) || len(v.Disturbed[0].Trials) != 1 {
		t.Errorf("the verdict does not say what was replaced: %q", v.Disturbed)
	}
	if !slices.ContainsFunc(f.Notes, func(n string) bool { return strings.Contains(n, "the sampler stopped: no more samples") }) {
		t.Errorf("no note names the reason: %q", f.Notes)
	}
}

// TestExecuteGivesUpWhenNoVerdictIsLeft: the repeats are used up, and six sound blocks
// are no longer possible.
func TestExecuteGivesUpWhenNoVerdictIsLeft(t *testing.T) {
	f := fakerig.New()
	f.Spoil = func(p experiment.TrialPlan, s *experiment.Subject) {
		if p.Arm.Name == "b" {
			mislabel(s)
		} else {
			s.Describe = func(context.Context) (map[string]string, error) { return nil, nil }
		}
	}
	v := fakerig.Execute(t, fakerig.Create(t, "build: ./b", "build: ./b, expect: {workers: 3}", "blocks: 6", "blocks: 6\nmax_repeats: 2\ninfo_path: /what\ncontrols: {memory: 64MB, delay: 20ms}"), f)
	if len(v.Trials) != 5+2 || v.Outcome != verdict.Invalid || !v.Void {
		t.Errorf("%d trials, %s; want the 5 of one block and two repeats, INVALID", len(v.Trials), v.Outcome)
	}
}

// mislabel makes the variant describe itself as another one.
func mislabel(s *experiment.Subject) {
	s.Describe = func(context.Context) (map[string]string, error) { return map[string]string{"workers": "9"}, nil }
}

// TestExecuteStopsWhereNothingCounts: every trial of the first block is refused for one
// cause, and no claim could be answered. A resumed run tries again.
func TestExecuteStopsWhereNothingCounts(t *testing.T) {
	late := func(f *fakerig.Rig) { f.Lag = time.Second }
	wrong := func(f *fakerig.Rig) { f.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) { mislabel(s) } }
	const expect = "build: ./a, expect: {workers: 3}"
	_, rest, _ := strings.Cut(fakerig.Text, "  - {id: less")
	less, _, _ := strings.Cut(rest, "\n")
	tests := []struct {
		name   string
		how    func(*fakerig.Rig)
		yaml   []string
		code   metric.Code
		blocks int // the number of blocks that run
	}{
		{"a cause that spoils all", wrong, []string{"build: ./a", expect, "build: ./b", "build: ./b, expect: {workers: 3}"}, metric.Mislabelled, 1},
		{"in one arm alone", wrong, []string{"build: ./b", "build: ./b, expect: {workers: 3}"}, metric.Mislabelled, 1},
		{"a cause that spoils every claim", late, []string{"  - {id: less" + less + "\n", ""}, metric.GeneratorBehind, 1},
		{"a cause that leaves a claim", late, nil, metric.GeneratorBehind, 6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fakerig.New()
			tt.how(f)
			run := fakerig.Create(t, append(tt.yaml, "blocks: 6", "blocks: 6\nmax_repeats: 3\ninfo_path: /what")...)
			v := fakerig.Execute(t, run, f)
			if got := run.Trials[len(run.Trials)-1].Block; got != tt.blocks || v.Outcome != verdict.Invalid || !fakerig.Has(v.Reasons, tt.code) {
				t.Errorf("%d blocks, %s, %q; want %d, INVALID for %s", got, v.Outcome, v.Reasons, tt.blocks, tt.code)
			}
			if tt.blocks > 1 || tt.name == "in one arm alone" {
				return
			}
			mended := fakerig.New()
			mended.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) {
				s.Describe = func(context.Context) (map[string]string, error) { return map[string]string{"workers": "3"}, nil }
			}
			again, err := record.OpenRun(run.Dir)
			if err != nil {
				t.Fatal(err)
			}
			if v := fakerig.Execute(t, again, mended); v.Outcome != verdict.Proven || v.Blocks != 6 || again.Trials[len(again.Trials)-1].Block != 6 {
				t.Errorf("mended and resumed: %s, %d blocks; want PROVEN by six, the first of them run anew", v.Outcome, v.Blocks)
			}
		})
	}
}

// TestExecuteRepeatsWhatAnOpenClaimNeeds: two trials have disturbed figures of time.
// They are run again at the end of their blocks, and both claims use all six blocks.
func TestExecuteRepeatsWhatAnOpenClaimNeeds(t *testing.T) {
	f := fakerig.New()
	f.Start = func(p experiment.TrialPlan) error {
		f.Lag = 0
		if p.Position <= p.Arms && (p.Block == 2 && p.Arm.Name == "b" || p.Block == 5 && p.Arm.Name == "a") {
			f.Lag = time.Second
		}
		return nil
	}
	v := fakerig.Execute(t, fakerig.Create(t, "blocks: 6", "blocks: 6\nmax_repeats: 3"), f)
	less, fast := fakerig.Claim(t, v, "less"), fakerig.Claim(t, v, "fast")
	if v.Outcome != verdict.Proven || !slices.Equal(less.Blocks, []int{1, 2, 3, 4, 5, 6}) || !slices.Equal(fast.Blocks, less.Blocks) || len(v.Trials) != 6*3+4+2 {
		t.Errorf("%s, less by %v, fast by %v", v.Outcome, less.Blocks, fast.Blocks)
	}
	if got := v.Counted("latency.p50", "a"); !slices.Equal(got, []int{1, 2, 3, 4, 5, 6}) {
		t.Errorf("latency of a rests on %v", got)
	}
	if !slices.Equal(fakerig.Codes(v.Disturbed), []metric.Code{metric.GeneratorBehind}) || len(v.Disturbed[0].Trials) != 2 {
		t.Errorf("disturbed: %+v, want one reason with two trials", v.Disturbed)
	}
	spoiled := v.Trials[slices.IndexFunc(v.Trials, func(m measure.TrialResult) bool { return m.Superseded })]
	if _, ok := spoiled.Figures["latency.p50"]; ok || spoiled.Absent["latency.p50"] == "" || spoiled.Figures[metric.MemoryMean] == 0 {
		t.Errorf("the disturbed trial has %v, absent %v", spoiled.Figures, spoiled.Absent)
	}
}

// TestExecuteDoesNotReplaceAFailure: a variant that dies in one of six blocks would die
// for its users too.
func TestExecuteDoesNotReplaceAFailure(t *testing.T) {
	f := fakerig.New()
	f.Spoil = spoilOnce(func(s *experiment.Subject) { fakerig.Exits(s, record.Exit{Code: 137, OOMKilled: true}) })
	v := fakerig.Execute(t, fakerig.Create(t, "blocks: 6", "blocks: 6\nmax_repeats: 3"), f)
	if len(v.Trials) != 3 || v.Outcome != verdict.Failed || !fakerig.Has(v.Reasons, metric.OutOfMemory) {
		t.Errorf("%d trials, %s, reasons %q; want the 3 of one block, FAILED, and why", len(v.Trials), v.Outcome, v.Reasons)
	}
}

// TestExecuteReplacesWhatTheDaemonEnded: an upgrade of Docker is not a failure of the
// service.
func TestExecuteReplacesWhatTheDaemonEnded(t *testing.T) {
	f := fakerig.New()
	f.Spoil = spoilOnce(func(s *experiment.Subject) {
		fakerig.Exits(s, record.Exit{Code: -1, Signal: 9, Unasked: true, DaemonAway: true})
	})
	v := fakerig.Execute(t, fakerig.Create(t, "blocks: 6", "blocks: 6\nmax_repeats: 3"), f)
	if v.Outcome != verdict.Proven || v.Blocks != 6 {
		t.Errorf("%s over %d blocks, reasons %q; want PROVEN over 6 others", v.Outcome, v.Blocks, v.Reasons)
	}
}

// TestExecuteTakesAnOrderlyEnd: many programs leave SIGTERM to the system.
func TestExecuteTakesAnOrderlyEnd(t *testing.T) {
	for _, how := range []record.Exit{{Code: -1, Signal: 15}, {Code: 143}} {
		f := fakerig.New()
		f.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) { fakerig.Exits(s, how) }
		if v := fakerig.Execute(t, fakerig.Create(t), f); v.Outcome != verdict.Proven {
			t.Errorf("%+v after being asked to stop: %s, %q", how, v.Outcome, v.Reasons)
		}
	}
}

// TestExecuteKeepsTheFirstTrial: a run that is interrupted in its first block keeps its
// finished trial.
func TestExecuteKeepsTheFirstTrial(t *testing.T) {
	f := fakerig.New()
	run := fakerig.Create(t)
	f.Start = func(p experiment.TrialPlan) error {
		if p.Position == 2 {
			return context.Canceled
		}
		return nil
	}
	if err := experiment.Conduct(t.Context(), design.Of(run), run, f.Rig()); !errors.Is(err, context.Canceled) || len(run.Trials) != 1 {
		t.Errorf("error %v, %d trials; want the one that is whole", err, len(run.Trials))
	}
}

// spoilOnce spoils the first trial of b.
func spoilOnce(how func(*experiment.Subject)) func(experiment.TrialPlan, *experiment.Subject) {
	return func(p experiment.TrialPlan, s *experiment.Subject) {
		if p.Block == 1 && p.Arm.Name == "b" && p.Position <= p.Arms {
			how(s)
		}
	}
}

func TestExecuteLeavesNoTrialThatDidNotStart(t *testing.T) {
	f := fakerig.New()
	f.Start = func(p experiment.TrialPlan) error { return errors.New("exited with status 3") }
	run := fakerig.Create(t)
	err := experiment.Conduct(t.Context(), design.Of(run), run, f.Rig())
	if err == nil || !strings.Contains(err.Error(), "block 1, trial 1: exited with status 3") {
		t.Errorf("error %v does not name the trial", err)
	}
	left, globErr := filepath.Glob(filepath.Join(run.Dir, "trials", "*", "*"))
	if globErr != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, globErr)
	}
}

// TestExecuteStopsWhatItStarted: an error under load does not leave the variant
// running.
func TestExecuteStopsWhatItStarted(t *testing.T) {
	f := fakerig.New()
	rig := f.Rig()
	rig.Load = func(context.Context, string, scenario.Attack, func(metric.Hit) error) (record.LoadReport, error) {
		return record.LoadReport{}, errors.New("no network")
	}
	run := fakerig.Create(t)
	if err := experiment.Conduct(t.Context(), design.Of(run), run, rig); err == nil || !strings.Contains(err.Error(), "no network") {
		t.Errorf("error %v, want the load's", err)
	}
	if n := fakerig.Count(f.Calls, "stop "); n != 1 {
		t.Errorf("%d stops for one start", n)
	}
}

func TestCreateRunRefusesAnOldOne(t *testing.T) {
	run := fakerig.Create(t)
	_, err := record.CreateRun(run.Dir, []byte(fakerig.Text), record.Meta{})
	if err == nil || !strings.Contains(err.Error(), "-resume") {
		t.Errorf("error %v, want one that names -resume", err)
	}
}

func TestOpenRunNamesTheFileThatIsWrong(t *testing.T) {
	run := fakerig.Create(t)
	fakerig.Execute(t, run, fakerig.New())
	path := filepath.Join(run.Dir, "trials", "b03-1-"+design.Order(run.Scenario)[2][0].Name, "trial.json")
	if err := os.WriteFile(path, []byte(`{"block": "three"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := record.OpenRun(run.Dir); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v does not name %s", err, path)
	}
	if _, err := record.OpenRun(t.TempDir()); err == nil || !strings.Contains(err.Error(), "is not a run directory") {
		t.Errorf("error %v of an empty directory", err)
	}
}

// TestOpenRunRefusesAMovedBound: a claim must not change after the figures are known.
func TestOpenRunRefusesAMovedBound(t *testing.T) {
	run := fakerig.Create(t)
	fakerig.Execute(t, run, fakerig.New())
	path := filepath.Join(run.Dir, "scenario.yaml")
	moved := strings.Replace(fakerig.Read(t, path), "at_least: 50%", "at_least: 90%", 1)
	if err := os.WriteFile(path, []byte(moved), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := record.OpenRun(run.Dir); err == nil || !strings.Contains(err.Error(), "was changed after the run began") {
		t.Errorf("error %v", err)
	}
}
