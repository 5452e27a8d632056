package verdict

import (
	"fmt"
	"math"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

func (v *ClaimVerdict) compared() comparison.Comparison { return comparison.Of(v.Comparison) }

func (v *ClaimVerdict) scale() comparison.Scale { return v.compared().Scale(v.Metric) }

// judgeClaim judges one claim on the valid blocks, with an interval of that level. hits
// is the number of requests in one trial's window.
func judgeClaim(c scenario.Claim, level float64, valid []measure.Block, planned int, hits uint64) ClaimVerdict {
	v := newClaimVerdict(c, level)
	xs, err := v.perBlock(valid)
	switch of, baseline := measure.Figures(valid, c.Variant, c.Metric), measure.Figures(valid, c.Baseline, c.Metric); {
	case err != nil:
		v.Outcome, v.Because = Invalid, err.Error()
	case len(xs) < 2:
		v.Outcome, v.Because = Inconclusive, fmt.Sprintf("%d of %d blocks were measured: an interval needs two", len(xs), planned)
	default:
		v.applyOrWithin(c, baseline)
		v.setInterval(xs, of, baseline, hits)
		v.crossCheckFieller(of, baseline)
	}
	return v
}

// applyOrWithin loosens at_most, so that a difference of up to or_within, in the
// metric's unit, is always allowed.
func (v *ClaimVerdict) applyOrWithin(c scenario.Claim, baseline []float64) {
	_, bound := c.Comparison()
	tolerant, ok := v.compared().(comparison.Tolerant)
	if bound.OrWithin == nil || !ok {
		return
	}
	if most := tolerant.AtMost(bound.OrWithin.Value, stats.Mean(baseline)); most > *v.AtMost {
		v.AtMost = &most
		v.note("The bound is or_within, %s more than %s.", metric.FormatValue(bound.OrWithin.Value, c.Metric.Unit()), c.Baseline)
	}
}

func (v *ClaimVerdict) note(format string, args ...any) {
	v.Notes = append(v.Notes, fmt.Sprintf(format, args...))
}

func newClaimVerdict(c scenario.Claim, level float64) ClaimVerdict {
	kind, bound := c.Comparison()
	return ClaimVerdict{
		ID: c.ID, Statement: c.Statement, Secondary: c.Secondary, Metric: c.Metric, Variant: c.Variant, Baseline: c.Baseline,
		Comparison: kind, AtLeast: valueOf(bound.AtLeast), AtMost: valueOf(bound.AtMost),
		Level: level, p: 1,
	}
}

func valueOf(q *metric.Quantity) *float64 {
	if q == nil {
		return nil
	}
	return &q.Value
}

// perBlock converts each block to the scale.
func (v *ClaimVerdict) perBlock(valid []measure.Block) (xs []float64, err error) {
	s, compares := v.scale(), v.compared().Facts().Baseline
	for _, b := range valid {
		of, err := figureOf(b, v.Variant, v.Metric)
		if err != nil {
			return nil, err
		}
		baseline, err := figureOf(b, v.Baseline, v.Metric)
		if err != nil && compares {
			return nil, err
		}
		x := s.Of(of, baseline)
		switch impossible := math.IsInf(x, 0) || math.IsNaN(x); {
		case impossible && compares:
			return nil, fmt.Errorf("%s is %s and %s for the baseline: that has no ratio; claim a difference",
				v.Metric, v.Metric.Show(of), v.Metric.Show(baseline))
		case impossible:
			return nil, fmt.Errorf("%s of %s is %s: a waiting time must be above 0", v.Metric, v.Variant, v.Metric.Show(of))
		}
		xs = append(xs, x)
		v.PerBlock = append(v.PerBlock, s.From(x))
	}
	return xs, nil
}

// setInterval compares the measurement with the bound: a count by every trial, a share
// of requests by its own interval, all else by the mean over blocks.
func (v *ClaimVerdict) setInterval(xs, of, baseline []float64, hits uint64) {
	shares, ofShares := v.compared().(comparison.ShareComparer)
	switch {
	case v.isCount(xs):
		v.judgeCount(xs)
	case v.Metric.IsErrors() && ofShares:
		v.judgeShare(func(level float64) stats.Interval { return shares.Shares(of, baseline, hits, level) })
	default:
		if err := v.judgeMean(xs); err != nil {
			v.Outcome, v.Because = Invalid, err.Error()
			return
		}
	}
	if len(xs) < comparison.MinBlocks {
		v.Outcome, v.p = Inconclusive, 1
		v.note("The answer is preliminary: a claim at 5%% needs %d blocks, %d were measured.", comparison.MinBlocks, len(xs))
		v.MoreBlocks = comparison.MinBlocks - len(xs)
	}
	v.Because = v.sentence()
}

// judgeMean compares the interval of the mean with the bound.
func (v *ClaimVerdict) judgeMean(xs []float64) error {
	in, err := stats.MeanInterval(xs, v.Level)
	if err != nil {
		return err
	}
	estimate, low, high := v.scale().Back(in)
	v.Estimate, v.Low, v.High = &estimate, &low, &high
	v.Outcome = v.outcomeOf(low, high)
	v.p = v.meanP(xs)
	if len(xs) >= comparison.MinBlocks {
		v.crossCheck(xs, in)
	}
	return nil
}

// outcomeOf compares an interval with the claim's bound.
func (v *ClaimVerdict) outcomeOf(low, high float64) Outcome {
	switch {
	case v.AtLeast != nil && high < *v.AtLeast, v.AtMost != nil && low > *v.AtMost:
		return Refuted
	case (v.AtLeast == nil || low >= *v.AtLeast) && (v.AtMost == nil || high <= *v.AtMost):
		return Proven
	default:
		return Inconclusive
	}
}

// crossCheck adds the exact sign-flip test to the interval, which assumes that blocks
// scatter normally. It adds a note if the two disagree.
func (v *ClaimVerdict) crossCheck(xs []float64, in stats.Interval) {
	bound := v.scale().To(v.nearestBound())
	if in.SD == 0 && in.Mean == bound {
		return // every block lies on the bound: no test can decide
	}
	p := stats.SignFlip(xs, bound)
	v.SignFlipP = &p
	if lowest := math.Pow(2, 1-float64(len(xs))); v.decided() && lowest > 1-v.Level {
		v.note("The exact sign-flip test cannot confirm this analysis: with %d blocks its p is at least %.3f.", len(xs), lowest)
	} else if v.decided() && p > 1-v.Level {
		v.note("The exact sign-flip test does not agree: p = %.3f.", p)
	}
	if v.Outcome != Inconclusive || v.MoreBlocks > 0 {
		return
	}
	if n := stats.BlocksNeeded(in.SD, math.Abs(in.Mean-bound), v.Level); n > len(xs) {
		v.MoreBlocks = n - len(xs)
	}
}

// crossCheckFieller computes Fieller's interval for the ratio of the means, which weighs blocks
// by their size. The log ratios weigh each block the same. It adds a note if the two
// lead to different answers.
func (v *ClaimVerdict) crossCheckFieller(of, baseline []float64) {
	means, ok := v.compared().(comparison.MeansComparer)
	if !ok || !v.decided() {
		return
	}
	e, ok, err := stats.Fieller(of, baseline, v.Level)
	if err != nil || !ok {
		v.note("Fieller's interval for the ratio of the means is unbounded: the blocks scatter too widely.")
		return
	}
	if low, high := means.OfMeans(e.Low, e.High); v.outcomeOf(low, high) != v.Outcome {
		v.note("A second method gives another answer (Fieller's interval for the ratio of the means, %s to %s): run more blocks.", v.Show(low), v.Show(high))
	}
}

func (v *ClaimVerdict) decided() bool { return v.Outcome == Proven || v.Outcome == Refuted }

// nearestBound returns the end of the claim's range that is closest to the estimate:
// the one that could be missed.
func (v *ClaimVerdict) nearestBound() float64 {
	switch {
	case v.AtLeast == nil:
		return *v.AtMost
	case v.AtMost == nil:
		return *v.AtLeast
	case math.Abs(*v.Estimate-*v.AtLeast) < math.Abs(*v.Estimate-*v.AtMost):
		return *v.AtLeast
	default:
		return *v.AtMost
	}
}
