package report

import (
	"github.com/memproof/memproof/bench"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// nearbyBound is the highest bound of a claim on mean memory that is not so
// far above what was measured that showing it would flatten the lines; else 0.
func nearbyBound(v *bench.Verdict, top float64) (bound float64) {
	for _, c := range v.Claims {
		if isMemoryValue(c) && c.AtMost != nil && *c.AtMost < 1.4*top {
			bound = max(bound, *c.AtMost)
		}
	}
	return bound
}

func isMemoryValue(c bench.ClaimVerdict) bool {
	return c.Comparison == bench.Value && c.Metric == bench.MemoryMean
}

// memoryClaim is what a claim says that a variant's mean memory is, and the
// variant's curve.
type memoryClaim struct {
	bench.ClaimVerdict
	named
}

func memoryClaims(v *bench.Verdict, curves []named) (claims []memoryClaim) {
	for _, c := range v.Claims {
		for _, n := range curves {
			if isMemoryValue(c) && n.name == c.Of {
				claims = append(claims, memoryClaim{c, n})
			}
		}
	}
	return claims
}

// within is the part of the claim's range that the plot shows.
func (m memoryClaim) within(p *plot.Plot) (low, high float64) {
	low, high = p.Y.Min, p.Y.Max
	if m.AtLeast != nil {
		low = *m.AtLeast
	}
	if m.AtMost != nil {
		high = min(*m.AtMost, high)
	}
	return low, high
}

// claimBands tints the claimed ranges, faintly.
func claimBands(claims []memoryClaim) drawn {
	return func(c draw.Canvas, p *plot.Plot) {
		_, y := p.Transforms(&c)
		for _, m := range claims {
			if low, high := m.within(p); low < high {
				fill(&c, tint(m.colour, 0.1), c.Min.X, y(low), c.Max.X, y(high))
			}
			edge := draw.LineStyle{Color: tint(m.colour, 0.7), Width: 0.8, Dashes: []vg.Length{3, 3}}
			for _, b := range []*float64{m.AtLeast, m.AtMost} {
				if b != nil && *b <= p.Y.Max {
					c.StrokeLine2(edge, c.Min.X, y(*b), c.Max.X, y(*b))
				}
			}
		}
	}
}

// claimNames says what each tinted range is, on the side of it that the curve
// is farther from.
func claimNames(claims []memoryClaim) drawn {
	return func(c draw.Canvas, p *plot.Plot) {
		_, y := p.Transforms(&c)
		for _, m := range claims {
			low, high := m.within(p)
			if low >= high {
				continue // above all that the plot shows
			}
			style := aligned(plain(9, ink(m.colour)), draw.XRight, draw.YTop)
			at := y(low) - 3
			if _, end, ok := m.last(); ok && end < (low+high)/2 && y(high)+14 < c.Max.Y || at-11 < c.Min.Y {
				style.YAlign, at = draw.YBottom, y(high)+3
			}
			c.FillText(style, vg.Point{X: c.Max.X - 4, Y: at}, "claimed for "+m.Of+": "+m.ShowBound())
		}
	}
}
