package bench

import (
	"fmt"
	"math"

	"github.com/memproof/memproof/bench/internal/stats"
)

// scale carries a comparison to the scale on which its blocks are averaged and
// back: logarithms for reduction and ratio, so that halving and doubling
// weigh the same, the plain figure otherwise.
type scale struct {
	of    func(of, against float64) float64 // one block on the scale
	to    func(figure float64) float64      // a bound on the scale
	from  func(x float64) float64           // back to a figure
	flips bool                              // a higher value on the scale is a lower figure
	level float64                           // of the two-sided interval
}

// A reduction or a value is reported with a two-sided 95% interval. A ratio or
// a difference is a non-inferiority claim: the ends of its 90% interval are
// one-sided 95% bounds (ICH E9, section 3.3.2).
var scales = map[Comparison]scale{
	Reduction: {
		of:    func(of, against float64) float64 { return math.Log(of / against) },
		to:    func(r float64) float64 { return math.Log1p(-r) },
		from:  func(x float64) float64 { return -math.Expm1(x) },
		flips: true, level: 0.95,
	},
	Ratio: {
		of:    func(of, against float64) float64 { return math.Log(of / against) },
		to:    math.Log,
		from:  math.Exp,
		level: 0.90,
	},
	Difference: {
		of:    func(of, against float64) float64 { return of - against },
		to:    same,
		from:  same,
		level: 0.90,
	},
	Value: {
		of:    func(of, _ float64) float64 { return of },
		to:    same,
		from:  same,
		level: 0.95,
	},
}

func same(x float64) float64 { return x }

// logValue is a value's scale where the metric is skewed. A bound of 0 is that of a
// nanosecond, which nothing that is measured falls below.
var logValue = scale{
	of:    func(of, _ float64) float64 { return math.Log(of) },
	to:    func(bound float64) float64 { return math.Log(max(bound, 1e-9)) },
	from:  math.Exp,
	level: 0.95,
}

// scaleFor is the scale of a comparison of the metric. It is the same for a claim
// and for the tables, so that one quantity has one interval.
func scaleFor(kind Comparison, m Metric) scale {
	if kind == Value && m.skewed() {
		return logValue
	}
	return scales[kind]
}

// skewed says that the metric is a quantile of how long something waited: above 0
// and with a long tail to one side, so that its mean and interval are taken of the
// logarithms. The mean is then the geometric one, and no end of the interval is
// below 0.
func (m Metric) skewed() bool {
	_, latency := m.LatencyQuantile()
	return latency || m == SendLagP99
}

func (v *ClaimVerdict) scale() scale { return scaleFor(v.Comparison, v.Metric) }

// answer judges one claim on the valid blocks, with an interval of that level. hits
// are those of one trial's window.
func answer(c Claim, level float64, valid []block, planned int, hits uint64) ClaimVerdict {
	v := newAnswer(c, level)
	xs, why := v.perBlock(valid)
	if why != "" {
		v.Outcome, v.Because = Invalid, why
		return v
	}
	if len(xs) < 2 {
		v.Outcome, v.Because = Inconclusive, fmt.Sprintf("%d of %d blocks were measured: an interval needs two", len(xs), planned)
		return v
	}
	v.raise(c, figures(valid, c.Against, c.Metric))
	v.decide(xs, valid, hits)
	v.ofMeans(figures(valid, c.Of, c.Metric), figures(valid, c.Against, c.Metric))
	return v
}

// raise lifts the bound of a ratio to where its floor lies over what it is
// compared with.
func (v *ClaimVerdict) raise(c Claim, against []float64) {
	_, bound := c.Comparison()
	if bound.Floor == nil {
		return
	}
	if least := 1 + bound.Floor.Value/stats.Mean(against); least > *v.AtMost {
		v.AtMost = &least
		v.Notes = append(v.Notes, fmt.Sprintf("The bound is that of the floor, %s more than %s.", FormatValue(bound.Floor.Value, c.Metric.Unit()), c.Against))
	}
}

func newAnswer(c Claim, level float64) ClaimVerdict {
	kind, bound := c.Comparison()
	return ClaimVerdict{
		ID: c.ID, Says: c.Says, Secondary: c.Secondary, Metric: c.Metric, Of: c.Of, Against: c.Against,
		Comparison: kind, AtLeast: number(bound.AtLeast), AtMost: number(bound.AtMost),
		Level: level, p: 1,
	}
}

func number(q *Quantity) *float64 {
	if q == nil {
		return nil
	}
	return &q.Value
}

// perBlock puts each block on the scale. It says why where that is impossible.
func (v *ClaimVerdict) perBlock(valid []block) (xs []float64, why string) {
	s := v.scale()
	for _, b := range valid {
		of, ok := b[v.Of].Figures[v.Metric]
		if !ok {
			return nil, fmt.Sprintf("%s of %s was not measured: %s", v.Metric, v.Of, b[v.Of].Absent[v.Metric])
		}
		against, ok := b[v.Against].Figures[v.Metric]
		if !ok && v.Comparison != Value {
			return nil, fmt.Sprintf("%s of %s was not measured: %s", v.Metric, v.Against, b[v.Against].Absent[v.Metric])
		}
		x := s.of(of, against)
		if math.IsInf(x, 0) || math.IsNaN(x) {
			return nil, v.noLogarithm(of, against)
		}
		xs = append(xs, x)
		v.PerBlock = append(v.PerBlock, s.from(x))
	}
	return xs, ""
}

func (v *ClaimVerdict) noLogarithm(of, against float64) string {
	if v.Comparison == Value {
		return fmt.Sprintf("%s of %s is %s, and a time that is waited must be above 0", v.Metric, v.Of, v.Metric.Show(of))
	}
	return fmt.Sprintf("%s is %s against %s: that has no ratio; claim a difference", v.Metric, v.Metric.Show(of), v.Metric.Show(against))
}

// decide sets what was measured against the bound: a count by every trial, a share
// of requests by its own interval, all else by the mean over blocks.
func (v *ClaimVerdict) decide(xs []float64, valid []block, hits uint64) {
	switch {
	case v.counts(xs):
		v.count(xs)
	case v.Metric.isErrors() && (v.Comparison == Value || v.Comparison == Difference):
		v.share(figures(valid, v.Of, v.Metric), figures(valid, v.Against, v.Metric), hits)
	default:
		if err := v.mean(xs); err != nil {
			v.Outcome, v.Because = Invalid, err.Error()
			return
		}
	}
	if len(xs) < minBlocks {
		v.Outcome, v.p = Inconclusive, 1
		v.Notes = append(v.Notes, fmt.Sprintf("%d blocks are a preview: a claim at 5%% needs %d.", len(xs), minBlocks))
		v.MoreBlocks = minBlocks - len(xs)
	}
	v.Because = v.sentence()
}

// mean sets the interval of the mean against the bound.
func (v *ClaimVerdict) mean(xs []float64) error {
	in, err := stats.MeanInterval(xs, v.Level)
	if err != nil {
		return err
	}
	estimate, low, high := v.scale().back(in)
	v.Estimate, v.Low, v.High = &estimate, &low, &high
	v.Outcome = v.against(low, high)
	v.p = v.pOfAnswer(xs)
	if len(xs) >= minBlocks {
		v.crossCheck(xs, in)
	}
	return nil
}

// back carries an interval from the scale to figures.
func (s scale) back(in stats.Interval) (estimate, low, high float64) {
	estimate, low, high = s.from(in.Mean), s.from(in.Low), s.from(in.High)
	if s.flips {
		low, high = high, low
	}
	return estimate, low, high
}

// against compares an interval with the claim's bound.
func (v *ClaimVerdict) against(low, high float64) Outcome {
	switch {
	case v.AtLeast != nil && high < *v.AtLeast, v.AtMost != nil && low > *v.AtMost:
		return Refuted
	case (v.AtLeast == nil || low >= *v.AtLeast) && (v.AtMost == nil || high <= *v.AtMost):
		return Proven
	default:
		return Inconclusive
	}
}

// crossCheck puts the exact sign-flip test beside the interval, which assumes
// that blocks scatter normally, and says so where the two disagree.
func (v *ClaimVerdict) crossCheck(xs []float64, in stats.Interval) {
	bound := v.scale().to(v.nearestBound())
	if in.SD == 0 && in.Mean == bound {
		return // every block lies on the bound, and no test could tell
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

// ofMeans sets Fieller's interval for the ratio of the means beside that of the
// log ratios, which weighs each block the same, and says so where the two lead
// to different answers.
func (v *ClaimVerdict) ofMeans(of, against []float64) {
	if !v.decided() || !relative(v.Comparison) {
		return
	}
	e, ok, err := stats.Fieller(of, against, v.Level)
	if err != nil || !ok {
		v.Notes = append(v.Notes, "Fieller's interval for the ratio of the means is unbounded: the blocks scatter too widely.")
		return
	}
	low, high := e.Low, e.High
	if v.Comparison == Reduction {
		low, high = 1-e.High, 1-e.Low
	}
	if v.against(low, high) != v.Outcome {
		v.Notes = append(v.Notes, fmt.Sprintf("Fieller's interval for the ratio of the means does not agree: %s to %s.", v.Show(low), v.Show(high)))
	}
}

func (v *ClaimVerdict) decided() bool { return v.Outcome == Proven || v.Outcome == Refuted }

// nearestBound is the end of the claim's range that the estimate is closest
// to: the one that could be missed.
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
