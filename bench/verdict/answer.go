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

// compared returns the claim's comparison.
func (v *ClaimVerdict) compared() comparison.Comparison { return comparison.Of(v.Comparison) }

func (v *ClaimVerdict) scale() comparison.Scale { return v.compared().Scale(v.Metric) }

// answer judges one claim on the valid blocks, with an interval of that level. hits is
// the number of requests in one trial's window.
func judgeClaim(c scenario.Claim, level float64, valid []measure.Block, planned int, hits uint64) ClaimVerdict {
	v := newClaimVerdict(c, level)
	xs, why := v.perBlock(valid)
	if why != "" {
		v.Outcome, v.Because = Invalid, why
		return v
	}
	if len(xs) < 2 {
		v.Outcome, v.Because = Inconclusive, fmt.Sprintf("%d of %d blocks were measured: an interval needs two", len(xs), planned)
		return v
	}
	v.applyOrWithin(c, measure.Figures(valid, c.Baseline, c.Metric))
	v.setInterval(xs, valid, hits)
	v.crossCheckFieller(measure.Figures(valid, c.Variant, c.Metric), measure.Figures(valid, c.Baseline, c.Metric))
	return v
}

// raise loosens at_most, so that a difference of up to `floor`, in the metric's unit,
// is always allowed.
func (v *ClaimVerdict) applyOrWithin(c scenario.Claim, against []float64) {
	_, bound := c.Comparison()
	floorer, ok := v.compared().(comparison.Tolerant)
	if bound.OrWithin == nil || !ok {
		return
	}
	if least := floorer.AtMost(bound.OrWithin.Value, stats.Mean(against)); least > *v.AtMost {
		v.AtMost = &least
		v.Notes = append(v.Notes, fmt.Sprintf("The bound is that of the floor, %s more than %s.", metric.FormatValue(bound.OrWithin.Value, c.Metric.Unit()), c.Baseline))
	}
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

// perBlock converts each block to the scale. why explains when that is impossible.
func (v *ClaimVerdict) perBlock(valid []measure.Block) (xs []float64, why string) {
	s := v.scale()
	for _, b := range valid {
		of, ok := b[v.Variant].Figures[v.Metric]
		if !ok {
			return nil, fmt.Sprintf("%s of %s was not measured: %s", v.Metric, v.Variant, b[v.Variant].Absent[v.Metric])
		}
		against, ok := b[v.Baseline].Figures[v.Metric]
		if !ok && v.compared().Facts().Baseline {
			return nil, fmt.Sprintf("%s of %s was not measured: %s", v.Metric, v.Baseline, b[v.Baseline].Absent[v.Metric])
		}
		x := s.Of(of, against)
		if math.IsInf(x, 0) || math.IsNaN(x) {
			return nil, v.noLogarithm(of, against)
		}
		xs = append(xs, x)
		v.PerBlock = append(v.PerBlock, s.From(x))
	}
	return xs, ""
}

func (v *ClaimVerdict) noLogarithm(of, against float64) string {
	if !v.compared().Facts().Baseline {
		return fmt.Sprintf("%s of %s is %s, and a time that is waited must be above 0", v.Metric, v.Variant, v.Metric.Show(of))
	}
	return fmt.Sprintf("%s is %s against %s: that has no ratio; claim a difference", v.Metric, v.Metric.Show(of), v.Metric.Show(against))
}

// decide compares the measurement with the bound: a count by every trial, a share of
// requests by its own interval, all else by the mean over blocks.
func (v *ClaimVerdict) setInterval(xs []float64, valid []measure.Block, hits uint64) {
	shares, ofShares := v.compared().(comparison.ShareComparer)
	switch {
	case v.counts(xs):
		v.count(xs)
	case v.Metric.IsErrors() && ofShares:
		v.share(func(level float64) stats.Interval {
			return shares.Shares(measure.Figures(valid, v.Variant, v.Metric), measure.Figures(valid, v.Baseline, v.Metric), hits, level)
		})
	default:
		if err := v.mean(xs); err != nil {
			v.Outcome, v.Because = Invalid, err.Error()
			return
		}
	}
	if len(xs) < comparison.MinBlocks {
		v.Outcome, v.p = Inconclusive, 1
		v.Notes = append(v.Notes, fmt.Sprintf("%d blocks are a preview: a claim at 5%% needs %d.", len(xs), comparison.MinBlocks))
		v.MoreBlocks = comparison.MinBlocks - len(xs)
	}
	v.Because = v.sentence()
}

// mean compares the interval of the mean with the bound.
func (v *ClaimVerdict) mean(xs []float64) error {
	in, err := stats.MeanInterval(xs, v.Level)
	if err != nil {
		return err
	}
	estimate, low, high := v.scale().Back(in)
	v.Estimate, v.Low, v.High = &estimate, &low, &high
	v.Outcome = v.outcomeOf(low, high)
	v.p = v.claimP(xs)
	if len(xs) >= comparison.MinBlocks {
		v.crossCheck(xs, in)
	}
	return nil
}

// against compares an interval with the claim's bound.
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
		v.Notes = append(v.Notes, fmt.Sprintf("The exact sign-flip test can't be asked at this look: with %d blocks its p can't go below %.3f.", len(xs), lowest))
	} else if v.decided() && p > 1-v.Level {
		v.Notes = append(v.Notes, fmt.Sprintf("The exact sign-flip test does not agree: p = %.3f.", p))
	}
	if v.Outcome != Inconclusive || v.MoreBlocks > 0 {
		return
	}
	if n := stats.BlocksNeeded(in.SD, math.Abs(in.Mean-bound), v.Level); n > len(xs) {
		v.MoreBlocks = n - len(xs)
	}
}

// ofMeans computes Fieller's interval for the ratio of the means, which weighs blocks
// by their size. The log ratios weigh each block the same. It adds a note if the two
// lead to different answers.
func (v *ClaimVerdict) crossCheckFieller(of, against []float64) {
	means, ok := v.compared().(comparison.MeansComparer)
	if !ok || !v.decided() {
		return
	}
	e, ok, err := stats.Fieller(of, against, v.Level)
	if err != nil || !ok {
		v.Notes = append(v.Notes, "Fieller's interval for the ratio of the means is unbounded: the blocks scatter too widely.")
		return
	}
	if low, high := means.OfMeans(e.Low, e.High); v.outcomeOf(low, high) != v.Outcome {
		v.Notes = append(v.Notes, fmt.Sprintf("Fieller's interval for the ratio of the means does not agree: %s to %s.", v.Show(low), v.Show(high)))
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
