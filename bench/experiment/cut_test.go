package experiment_test

import (
	"context"
	"errors"
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
