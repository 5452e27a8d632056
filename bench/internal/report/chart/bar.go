package chart

import (
	"fmt"
	"image/color"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/metric"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// bar is one variant's stacked bar.
type bar struct {
	view.Arm
	split
}

// at draws the bar in the row of that number, its name above it and its total
// at its end.
func (b bar) at(row float64) drawn {
	return func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		low, high := y(row+0.10), y(row+0.68)
		c.FillText(bold(12, ink(colourOf(b.Place))), vg.Point{X: c.Min.X, Y: y(row + 0.84)}, b.Name)
		from := 0.0
		for i, size := range b.processes {
			clr, label := b.look(i)
			segment(c, clr, label, size, x(from), x(from+size), low, high)
			from += size
		}
		fill(&c, rest, x(from), low, x(from+b.kernel), high)
		b.total(c, x(from+b.kernel)+6, (low+high)/2)
	}
}

// look is the colour of a process' segment and its label: the root darkest, the
// others in two tints by turns.
func (b bar) look(i int) (color.RGBA, string) {
	root, other := b.names()
	switch {
	case i == 0 && len(b.processes) == 1:
		return tint(colourOf(b.Place), 0.4), "the process"
	case i == 0:
		return tint(colourOf(b.Place), 0.75), root
	case i%2 == 1:
		return tint(colourOf(b.Place), 0.4), fmt.Sprintf("%s %d", other, i)
	default:
		return tint(colourOf(b.Place), 0.28), fmt.Sprintf("%s %d", other, i)
	}
}

// segment is one process. Its label is left out where it has no room.
func segment(c draw.Canvas, clr color.RGBA, label string, size float64, x0, x1, low, high vg.Length) {
	fill(&c, clr, x0, low, x1, high)
	c.StrokeLine2(draw.LineStyle{Color: white, Width: 1}, x1, low, x1, high)
	style := aligned(plain(9, text), draw.XCenter, draw.YCenter)
	value := metric.FormatValue(size, metric.UnitBytes)
	if max(style.Width(label), style.Width(value))+4 > x1-x0 {
		return
	}
	middle, height := (low+high)/2, vg.Length(6)
	c.FillText(style, vg.Point{X: (x0 + x1) / 2, Y: middle + height}, label)
	c.FillText(style, vg.Point{X: (x0 + x1) / 2, Y: middle - height}, value)
}

// total is written at the bar's end: the sum, and how much of it is grey.
func (b bar) total(c draw.Canvas, x, y vg.Length) {
	lines := b.totalLines()
	if len(lines) > 1 {
		c.FillText(plain(9, muted), vg.Point{X: x, Y: y - 7}, lines[1])
		y += 7
	}
	c.FillText(bold(12, text), vg.Point{X: x, Y: y}, lines[0])
}

func (b bar) totalLines() []string {
	if len(b.processes) == 0 {
		return []string{"PSS not measured"}
	}
	sum := metric.FormatValue(b.mapped()+b.kernel, metric.UnitBytes)
	if b.kernel == 0 {
		return []string{sum}
	}
	return []string{sum, "of it " + metric.FormatValue(b.kernel, metric.UnitBytes) + " kernel"}
}

// barEndRoom is what the longest bar's total needs to its right.
func barEndRoom(bars []bar) (room vg.Length) {
	for _, b := range bars {
		lines := b.totalLines()
		room = max(room, bold(12, text).Width(lines[0])+10)
		if len(lines) > 1 {
			room = max(room, plain(9, muted).Width(lines[1])+10)
		}
	}
	return room
}
