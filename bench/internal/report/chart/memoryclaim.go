package chart

import (
	"cmp"
	"math"
	"slices"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// nearbyBound is the highest bound of a claim on mean memory that is not so
// far above what was measured that showing it would flatten the lines; else 0.
func nearbyBound(v *verdict.Verdict, top float64) (bound float64) {
	for _, c := range v.Claims {
		for _, b := range []*float64{c.AtLeast, c.AtMost} {
			if isMemoryValue(c) && b != nil && *b < 1.4*top {
				bound = max(bound, *b)
			}
		}
	}
	return bound
}

func isMemoryValue(c verdict.ClaimVerdict) bool {
	return !c.Comparison.Facts().Baseline && c.Metric == metric.MemoryMean
}

// memoryClaim is what a claim says that a variant's mean memory is.
type memoryClaim struct {
	verdict.ClaimVerdict
	view.Arm
}

func memoryClaims(m view.Material) (claims []memoryClaim) {
	for _, c := range m.Verdict.Claims {
		for _, a := range m.Arms {
			if isMemoryValue(c) && a.Name == c.Variant {
				claims = append(claims, memoryClaim{c, a})
			}
		}
	}
	return claims
}

// ends are the claimed range, which is a single line where it has one end.
func (m memoryClaim) ends() (low, high float64) {
	switch {
	case m.AtLeast == nil:
		return *m.AtMost, *m.AtMost
	case m.AtMost == nil:
		return *m.AtLeast, *m.AtLeast
	default:
		return *m.AtLeast, *m.AtMost
	}
}

// claimBands marks the claimed ranges, faintly.
func claimBands(claims []memoryClaim) drawn {
	return func(c draw.Canvas, p *plot.Plot) {
		_, y := p.Transforms(&c)
		for _, m := range claims {
			low, high := m.ends()
			if low < p.Y.Max {
				fill(&c, tint(colourOf(m.Place), 0.1), c.Min.X, y(low), c.Max.X, y(min(high, p.Y.Max)))
			}
			edge := draw.LineStyle{Color: tint(colourOf(m.Place), 0.7), Width: 0.8, Dashes: []vg.Length{3, 3}}
			for _, b := range []float64{low, high} {
				if b <= p.Y.Max {
					c.StrokeLine2(edge, c.Min.X, y(b), c.Max.X, y(b))
				}
			}
		}
	}
}

// claimNames says what each marked range is: as near to it as no curve and no
// other name is in the way.
func claimNames(claims []memoryClaim, curves []named) drawn {
	return func(c draw.Canvas, p *plot.Plot) {
		_, y := p.Transforms(&c)
		var taken []vg.Length // where a name stands
		for _, m := range claims {
			if low, _ := m.ends(); low > p.Y.Max {
				continue
			}
			for _, at := range m.places(curves, y) {
				beside := func(other vg.Length) bool { return at < other+nameHeight && other < at+nameHeight }
				if at < c.Min.Y || at+nameHeight > c.Max.Y || crossed(curves, y, at, at+nameHeight) || struck(claims, y, at) || slices.ContainsFunc(taken, beside) {
					continue
				}
				style := aligned(plain(9, ink(colourOf(m.Place))), draw.XRight, draw.YBottom)
				c.FillText(style, vg.Point{X: c.Max.X - 4, Y: at + 2}, "claimed for "+m.Variant+": "+m.ShowBound())
				taken = append(taken, at)
				break
			}
		}
	}
}

const nameHeight = vg.Length(11)

// places are above and below the range and every curve, the nearest to the range
// first.
func (m memoryClaim) places(curves []named, y func(float64) vg.Length) []vg.Length {
	const gap = vg.Length(3)
	low, high := m.ends()
	all := []vg.Length{y(high) + gap, y(low) - gap - nameHeight}
	for _, n := range curves {
		bottom, top := n.ending()
		all = append(all, y(top)+gap, y(bottom)-gap-nameHeight)
	}
	away := func(at vg.Length) float64 {
		return math.Min(math.Abs(float64(at-y(high))), math.Abs(float64(at-y(low))))
	}
	slices.SortStableFunc(all, func(a, b vg.Length) int { return cmp.Compare(away(a), away(b)) })
	return all
}

// struck says whether the edge of a range runs through a name there.
func struck(claims []memoryClaim, y func(float64) vg.Length, at vg.Length) bool {
	return slices.ContainsFunc(claims, func(m memoryClaim) bool {
		low, high := m.ends()
		return y(low) > at && y(low) < at+nameHeight || y(high) > at && y(high) < at+nameHeight
	})
}

// crossed says whether a curve passes between two heights where claims are
// named.
func crossed(curves []named, y func(float64) vg.Length, from, to vg.Length) bool {
	for _, n := range curves {
		if bottom, top := n.ending(); y(bottom) < to && y(top) > from {
			return true
		}
	}
	return false
}

// ending is the range of the curve's second half.
func (c curve) ending() (bottom, top float64) {
	bottom, top = math.Inf(1), math.Inf(-1)
	for i := len(c.x) / 2; i < len(c.x); i++ {
		if !math.IsNaN(c.mid[i]) {
			bottom, top = math.Min(bottom, c.low[i]), math.Max(top, c.high[i])
		}
	}
	return bottom, top
}
