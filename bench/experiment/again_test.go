package experiment_test

import (
	"context"
	"errors"
	"testing"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
)

// TestResumeOfAMendedRunCutShort: a person mended what stopped the run. Resumed, it was
// interrupted after one of the repeats. It continues with the others.
func TestResumeOfAMendedRunCutShort(t *testing.T) {
	run := fakerig.Create(t, "blocks: 6", "blocks: 6\nmax_repeats: 0\ninfo_path: /what", "build: ./a", "build: ./a, expect: {workers: 3}", "build: ./b", "build: ./b, expect: {workers: 3}")
	wrong := fakerig.New()
	wrong.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) { mislabel(s) }
	if v := fakerig.Execute(t, run, wrong); v.Outcome != verdict.Invalid {
		t.Fatalf("%s, want INVALID", v.Outcome)
	}
	mended, cut := fakerig.New(), true
	mended.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) {
		s.Describe = func(context.Context) (map[string]string, error) { return map[string]string{"workers": "3"}, nil }
	}
	mended.Start = func(p experiment.TrialPlan) error {
		if cut && p.Position == p.Arms+2 {
			return context.Canceled
		}
		return nil
	}
	cutShort(t, reopened(t, run.Dir), mended)
	cut = false
	if v := fakerig.Execute(t, reopened(t, run.Dir), mended); v.Outcome != verdict.Proven || v.Blocks != 6 {
		t.Errorf("%s over %d blocks, %q; want PROVEN over 6", v.Outcome, v.Blocks, v.Reasons)
	}
}

// TestARepeatOfTheBaselineIsWhatOthersAreHeldTo: the baseline's first trial of a block
// did other work. Its repeat did the same work as the other arms, and the block counts.
func TestARepeatOfTheBaselineIsWhatOthersAreHeldTo(t *testing.T) {
	for name, stopped := range map[string]bool{"and is disturbed": true, "and is nothing but that": false} {
		t.Run(name, func(t *testing.T) {
			f := fakerig.New()
			first := func(p experiment.TrialPlan) bool { return p.Block == 2 && p.Arm.Name == "a" && p.Position <= p.Arms }
			f.Hit = func(p experiment.TrialPlan, h *metric.Hit) {
				if first(p) {
					h.Digest += 1000
				}
			}
			f.Spoil = func(p experiment.TrialPlan, s *experiment.Subject) {
				if stopped && first(p) {
					sample := s.Sample
					s.Sample = func(ctx context.Context, sink func(metric.Sample) error) error {
						return errors.Join(sample(ctx, sink), errors.New("no more samples"))
					}
				}
			}
			v := fakerig.Execute(t, fakerig.Create(t, "blocks: 6", "blocks: 6\nmax_repeats: 1", "  idle: 2s", "  idle: 2s\n  equal_responses: true"), f)
			if v.Outcome != verdict.Proven || v.Blocks != 6 {
				t.Errorf("%s over %d blocks, %q, %q; want PROVEN over 6", v.Outcome, v.Blocks, v.Reasons, v.Disturbed)
			}
		})
	}
}
