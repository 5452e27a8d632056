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

// judgeClaim judges one claim on the valid blocks, with an interval of that level. aa is
// the arm that the baseline is pooled with, empty for none. hits is the number of
// requests in one trial's window.
func judgeClaim(c scenario.Claim, aa string, level float64, valid []measure.Block, planned int, hits uint64) ClaimVerdict {
	v := newClaimVerdict(c, level)
	v.PooledWith = aa
	v.judge(c, valid, planned, hits)
	return v
}

// judge sets the answer. contrasts are set before if the baseline is not pooled.
func (v *ClaimVerdict) judge(c scenario.Claim, valid []measure.Block, planned int, hits uint64) {
	xs, err := v.perBlock(valid)
	switch {
	case err != nil:
		v.Outcome, v.Because = Invalid, err.Error()
	case len(xs) < 2:
		v.Outcome, v.Because = Inconclusive, fmt.Sprintf("%d of %d blocks were measured: an interval needs two", len(xs), planned)
	default:
		of, baseline := measure.Figures(valid, c.Variant, c.Metric), v.baselineFigures(valid)
		v.applyOrWithin(c, baseline)
		v.setInterval(xs, of, baseline, hits)
		v.crossCheckFieller(of, baseline)
	}
}

// baselineFigures returns the baseline's figure in each block, pooled as the claim is.
func (v *ClaimVerdict) baselineFigures(valid []measure.Block) []float64 {
	figures := measure.Figures(valid, v.Baseline, v.Metric)
	if v.PooledWith == "" {
		return figures
	}
	for i, again := range measure.Figures(valid, v.PooledWith, v.Metric) {
		figures[i] = (figures[i] + again) / 2
	}
	return figures
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
		BoundBecause: c.Because, Calibrated: c.Calibrated,
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

// perBlock converts each block to the scale. If the baseline is pooled with the A/A
// control, it is the mean of the comparisons with the two, and their difference is kept
// as the block's contrast: on the scale, the A/A control less the baseline.
func (v *ClaimVerdict) perBlock(valid []measure.Block) (xs []float64, err error) {
	if v.PooledWith != "" {
		v.contrasts = nil
	}
	for _, b := range valid {
		x, err := v.onScale(b, v.Baseline)
		if err != nil {
			return nil, err
		}
		if v.PooledWith != "" {
			again, err := v.onScale(b, v.PooledWith)
			if err != nil {
				return nil, err
			}
			v.contrasts = append(v.contrasts, x-again)
			x = (x + again) / 2
		}
		xs = append(xs, x)
		v.PerBlock = append(v.PerBlock, v.scale().From(x))
	}
	return xs, nil
}

// onScale compares the variant with one trial of the baseline.
func (v *ClaimVerdict) onScale(b measure.Block, arm string) (x float64, err error) {
	compares := v.compared().Facts().Baseline
	of, err := b.Figure(v.Variant, v.Metric)
	if err != nil {
		return 0, err
	}
	baseline, err := b.Figure(arm, v.Metric)
	if err != nil && compares {
		return 0, err
	}
	x = v.scale().Of(of, baseline)
	switch impossible := math.IsInf(x, 0) || math.IsNaN(x); {
	case impossible && compares:
		return 0, fmt.Errorf("%s is %s and %s for the baseline: that has no ratio; claim a difference", v.Metric, v.Metric.Show(of), v.Metric.Show(baseline))
	case impossible:
		return 0, fmt.Errorf("%s of %s is %s: a waiting time must be above 0", v.Metric, v.Variant, v.Metric.Show(of))
	}
	return x, nil
}

// setInterval compares the measurement with the bound: a count by every trial, a share
// of requests by its own interval, what is equal in all blocks by every block, all else by
// the mean over blocks.
func (v *ClaimVerdict) setInterval(xs, of, baseline []float64, hits uint64) {
	shares, ofShares := v.compared().(comparison.ShareComparer)
	switch {
	case v.isCount(xs):
		v.judgeCount(xs)
	case v.Metric.IsErrors() && ofShares:
		against := comparison.Shares{PerBlock: baseline, Hits: hits}
		if v.PooledWith != "" {
			against.Hits *= 2 // of two trials
		}
		v.judgeShare(func(level float64) stats.Interval {
			return shares.Shares(comparison.Shares{PerBlock: of, Hits: hits}, against, level)
		})
	case v.isEqual(xs, of, baseline):
		v.judgeEqual(xs)
	default:
		if err := v.judgeMean(xs); err != nil {
			v.Outcome, v.Because = Invalid, err.Error()
			return
		}
	}
	if len(xs) < comparison.MinBlocks {
		v.Outcome, v.p = Inconclusive, 1
		v.note("The answer is preliminary: a claim at 5%% needs %d blocks, %d were measured.", comparison.MinBlocks, len(xs))
		v.MoreBlocks, v.Outlook = comparison.MinBlocks-len(xs), nil
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
	v.Outcome = v.widenedOutcome(in)
	v.p = v.meanP(xs)
	if len(xs) >= comparison.MinBlocks && v.Outcome == Inconclusive {
		v.lookAhead(in)
	}
	return nil
}

// widenedOutcome moves the ends of the interval outward by the A/A margin before it
// compares them with the bound.
func (v *ClaimVerdict) widenedOutcome(in stats.Interval) Outcome {
	v.setAAMargin()
	v.Outcome = v.OutcomeOf(v.movedOutward(in))
	v.noteMargin(v.OutcomeOf(*v.Low, *v.High))
	return v.Outcome
}

// movedOutward returns the ends of an interval on the scale as figures, moved by the A/A
// margin.
func (v *ClaimVerdict) movedOutward(in stats.Interval) (low, high float64) {
	in.Low, in.High = in.Low-v.aaMargin, in.High+v.aaMargin
	_, low, high = v.scale().Back(in)
	return low, high
}

// decidedEnds returns the ends of the claim's interval as they meet the bound: moved by the
// A/A margin.
func (v *ClaimVerdict) decidedEnds() (low, high float64) {
	a, b := v.scale().To(*v.Low), v.scale().To(*v.High)
	return v.movedOutward(stats.Interval{Low: min(a, b), High: max(a, b)})
}

// noteMargin adds a note if the A/A margin takes away an answer.
func (v *ClaimVerdict) noteMargin(plain Outcome) {
	if v.Outcome != plain {
		v.note("The two identical builds may differ by as much as is missing here: without the A/A margin the claim would be %s.", plain)
	}
}

// setAAMargin computes the A/A margin from the contrasts: the largest difference of the two
// identical builds that the 90% interval does not exclude, on the scale. A pooled baseline
// lies midway between its two arms, so either of them is off by half of it. A baseline that
// stands alone may be off by all of it.
//
// Both kinds are moved. If only a proven bias counted against a claim that is not pooled,
// noise that hides the bias would turn INVALID into PROVEN. Simulated for true claims on
// errors, the margin costs nothing without failures, and 0.2 blocks where the bound is twice
// the share of errors; where it is as large, 79% instead of 95% are proven within six
// blocks, and 35% with all of the difference, which is why errors are pooled.
func (v *ClaimVerdict) setAAMargin() {
	in, err := stats.MeanInterval(v.contrasts, comparison.Level)
	if err != nil {
		return // no A/A control has two figures
	}
	v.aaMargin = max(math.Abs(in.Low), math.Abs(in.High)) * v.shareOfContrast()
	if v.aaMargin > 0 {
		v.AAMargin = new(v.scale().Change(v.aaMargin))
	}
}

// shareOfContrast returns the part of the A/A contrast by which the baseline may be off.
func (v *ClaimVerdict) shareOfContrast() float64 {
	if v.PooledWith != "" {
		return 0.5
	}
	return 1
}

// OutcomeOf compares an interval, in the unit of the comparison, with the claim's bound:
// PROVEN inside it, ends included, REFUTED outside, INCONCLUSIVE across an end.
func (v *ClaimVerdict) OutcomeOf(low, high float64) Outcome {
	switch {
	case v.AtLeast != nil && high < *v.AtLeast, v.AtMost != nil && low > *v.AtMost:
		return Refuted
	case (v.AtLeast == nil || low >= *v.AtLeast) && (v.AtMost == nil || high <= *v.AtMost):
		return Proven
	default:
		return Inconclusive
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
	if low, high := means.OfMeans(e.Low, e.High); v.OutcomeOf(low, high) != v.Outcome {
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
