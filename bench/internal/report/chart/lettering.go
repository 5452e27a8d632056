package chart

import (
	"cmp"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/internal/report/view"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// textLine is a line of a column.
type textLine struct {
	text  string
	style draw.TextStyle
}

const leading = 1.32 // line height over font size

// stackHeight is how high lines are below each other.
func stackHeight(lines []textLine) (high vg.Length) {
	for _, l := range lines {
		high += leading * l.style.Font.Size
	}
	return high
}

// stack writes lines below each other, in the middle of the column's height.
func stack(c draw.Canvas, lines []textLine) {
	y := c.Center().Y + stackHeight(lines)/2
	for _, l := range lines {
		step := leading * l.style.Font.Size
		c.FillText(l.style, vg.Point{X: c.Min.X, Y: y - step/2}, l.text)
		y -= step
	}
}

// wrapped breaks a sentence between words into lines that fit; what the last
// line has no room for is cut off with an ellipsis.
func wrapped(sentence string, room vg.Length, most int, s draw.TextStyle) []string {
	lines := []string{""}
	for _, word := range strings.Fields(sentence) {
		last := &lines[len(lines)-1]
		longer := strings.TrimSpace(*last + " " + word)
		if s.Width(longer) <= room || *last == "" || len(lines) == most {
			*last = longer
			continue
		}
		lines = append(lines, word)
	}
	for i := range lines {
		lines[i] = fitted(lines[i], room, s)
	}
	return lines
}

// fitted cuts off a line that is too long for its room, with an ellipsis.
func fitted(line string, room vg.Length, s draw.TextStyle) string {
	if s.Width(line) <= room {
		return line
	}
	r := []rune(line)
	for len(r) > 0 && s.Width(string(r)+"…") > room {
		r = r[:len(r)-1]
	}
	return strings.TrimSpace(string(r)) + "…"
}

// ending is the height at which a curve's name goes.
type ending struct {
	view.Arm
	curve vg.Length // where the curve ends
	y     vg.Length // where its name stands
}

// spread moves names apart that would overlap: to the heights, in their order and at
// least gap apart, that are nearest to where they belong, by least squares. They
// stay between low and high while there is room.
func spread(ends []ending, gap, low, high vg.Length) {
	slices.SortStableFunc(ends, func(a, b ending) int { return cmp.Compare(a.y, b.y) })
	var groups []pool // of names that touch each other
	for i, e := range ends {
		groups = append(groups, pool{e.y - gap*vg.Length(i), 1})
		for n := len(groups); n > 1 && groups[n-2].at >= groups[n-1].at; n = len(groups) {
			groups = append(groups[:n-2], groups[n-2].join(groups[n-1]))
		}
	}
	i, highest := 0, high-gap*vg.Length(len(ends)-1)
	for _, g := range groups {
		for range int(g.n) {
			ends[i].y = max(low, min(g.at, highest)) + gap*vg.Length(i)
			i++
		}
	}
}

// pool is the mean of so many heights.
type pool struct{ at, n vg.Length }

func (p pool) join(q pool) pool { return pool{(p.at*p.n + q.at*q.n) / (p.n + q.n), p.n + q.n} }
