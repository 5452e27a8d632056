package experiment_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// cutShort conducts the run until the rig's Start fails.
func cutShort(t *testing.T, run *record.Run, f *fakerig.Rig) {
	t.Helper()
	if err := experiment.Conduct(t.Context(), design.Of(run), run, f.Rig()); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
}

// TestJudgeOfARunCutShortInARepeat: the disturbed trial is on disk and its repeat is
// not. The run can be resumed, so it is incomplete and not INVALID.
func TestJudgeOfARunCutShortInARepeat(t *testing.T) {
	stopped := func(s *experiment.Subject) {
		sample := s.Sample
		s.Sample = func(ctx context.Context, sink func(metric.Sample) error) error {
			return errors.Join(sample(ctx, sink), errors.New("no more samples"))
		}
	}
	for name, tt := range map[string]struct {
		block int
		late  bool // whether only the figures of time are spoiled, not all
	}{"all figures, block 3": {block: 3}, "all figures, the last block": {block: 6}, "time, the last block": {block: 6, late: true}} {
		t.Run(name, func(t *testing.T) {
			f, cut := fakerig.New(), true
			f.Start = func(p experiment.TrialPlan) error {
				f.Lag = 0
				if tt.late && p.Block == tt.block && p.Arm.Name == "b" && p.Position <= p.Arms {
					f.Lag = time.Second
				}
				if cut && p.Position > p.Arms {
					return context.Canceled
				}
				return nil
			}
			f.Spoil = func(p experiment.TrialPlan, s *experiment.Subject) {
				if !tt.late && p.Block == tt.block && p.Arm.Name == "b" && p.Position <= p.Arms {
					stopped(s)
				}
			}
			run := fakerig.Create(t, "blocks: 6", "blocks: 6\nmax_repeats: 1")
			cutShort(t, run, f)
			if v := fakerig.Judged(t, run.Dir); v.Outcome != verdict.Inconclusive || v.Void || !fakerig.Has(v.Reasons, metric.RunIncomplete) {
				t.Errorf("cut short in the repeat: %s, %q; want INCONCLUSIVE, incomplete", v.Outcome, v.Reasons)
			}
			cut = false
			if v := fakerig.Execute(t, reopened(t, run.Dir), f); v.Outcome != verdict.Proven || v.Blocks != 6 {
				t.Errorf("resumed: %s over %d blocks, %q; want PROVEN over 6", v.Outcome, v.Blocks, v.Reasons)
			}
		})
	}
}

// TestJudgeOfAFailureInABlockThatWasCutShort: the failed trial is on disk and counts,
// although its block is incomplete.
func TestJudgeOfAFailureInABlockThatWasCutShort(t *testing.T) {
	f := fakerig.New()
	f.Start = func(p experiment.TrialPlan) error {
		if p.Block == 2 && p.Position == 2 {
			return context.Canceled
		}
		return nil
	}
	f.Spoil = func(p experiment.TrialPlan, s *experiment.Subject) {
		if p.Block == 2 {
			fakerig.Exits(s, record.Exit{Code: 137, OOMKilled: true})
		}
	}
	run := fakerig.Create(t)
	cutShort(t, run, f)
	if v := fakerig.Judged(t, run.Dir); v.Outcome != verdict.Failed || !fakerig.Has(v.Reasons, metric.OutOfMemory) {
		t.Errorf("%s, %q; want FAILED", v.Outcome, v.Reasons)
	}
}

// TestJudgeOfATrialThatWasNotMeasured: a service that does not start in a later trial is on
// disk with its reason and its log, and is judged as the live run ended. A resumed run runs
// the trial again.
func TestJudgeOfATrialThatWasNotMeasured(t *testing.T) {
	const lines = "start: exited with status 3; its last lines: no space left"
	for name, tt := range map[string]struct {
		err     error
		outcome verdict.Outcome
		code    metric.Code
	}{
		"the service":     {experiment.ServiceFailure{Err: errors.New(lines)}, verdict.Failed, metric.NotStarted},
		"the measurement": {errors.New(lines), verdict.Invalid, metric.TrialStopped},
	} {
		t.Run(name, func(t *testing.T) {
			f, broken, dir := fakerig.New(), true, ""
			f.Start = func(p experiment.TrialPlan) error {
				if !broken || p.Block != 2 || p.Position != 2 {
					return nil
				}
				dir = p.Dir
				return errors.Join(tt.err, os.WriteFile(filepath.Join(p.Dir, record.VariantLog), []byte("no space left\n"), 0o600))
			}
			run := fakerig.Create(t, "blocks: 6", "blocks: 6\nmax_repeats: 1")
			if err := experiment.Conduct(t.Context(), design.Of(run), run, f.Rig()); !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			v := fakerig.Judged(t, run.Dir)
			i := slices.IndexFunc(v.Reasons, func(r metric.Reason) bool { return r.Code == tt.code })
			if v.Outcome != tt.outcome || i < 0 || !strings.Contains(v.Reasons[i].Text, lines) || len(v.Reasons[i].Trials) != 1 {
				t.Errorf("%s, %+v; want %s with the trial and its last lines", v.Outcome, v.Reasons, tt.outcome)
			}
			if live, err := verdict.Judge(run); err != nil || live.Outcome != v.Outcome || !slices.Equal(fakerig.Codes(live.Reasons), fakerig.Codes(v.Reasons)) {
				t.Errorf("the live run is %+v, %v; judged later it is %s", live, err, v.Outcome)
			}
			if log := fakerig.Read(t, filepath.Join(dir, record.VariantLog)); log != "no space left\n" {
				t.Errorf("its log is %q", log)
			}
			broken = false
			if v := fakerig.Execute(t, reopened(t, run.Dir), f); v.Outcome != verdict.Proven || v.Blocks != 6 || len(v.Reasons) > 0 {
				t.Errorf("resumed: %s over %d blocks, %q; want PROVEN over 6", v.Outcome, v.Blocks, v.Reasons)
			}
		})
	}
}

// TestInterruptedTrialsLeaveNoReason: nor does one that the machine cannot measure.
func TestInterruptedTrialsLeaveNoReason(t *testing.T) {
	for _, why := range []error{context.Canceled, metric.Unmeasurable{Why: "no PSS"}} {
		f := fakerig.New()
		f.Start = func(p experiment.TrialPlan) error {
			if p.Block == 2 {
				return why
			}
			return nil
		}
		run := fakerig.Create(t)
		if err := experiment.Conduct(t.Context(), design.Of(run), run, f.Rig()); !errors.Is(err, why) {
			t.Fatalf("error %v, want %v", err, why)
		}
		if v := fakerig.Judged(t, run.Dir); len(run.Stopped) > 0 || v.Outcome != verdict.Inconclusive {
			t.Errorf("%v: %+v, %s; want no trial and INCONCLUSIVE", why, run.Stopped, v.Outcome)
		}
	}
}
