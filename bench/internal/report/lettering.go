package report

import (
	"cmp"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// textLine is a line of a column.
type textLine struct {
	text  string
	style draw.TextStyle
}

// stack writes lines below each other, in the middle of the column's height.
func stack(c draw.Canvas, lines []textLine) {
	const leading = 1.32 // line height over font size
	high := vg.Length(0)
	for _, l := range lines {
		high += leading * l.style.Font.Size
	}
	y := c.Center().Y + high/2
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
	arm
	y vg.Length
}

// spread moves names apart that would overlap, as little as keeps them in
// their order, at least gap apart, and between low and high while there is
// room.
func spread(ends []ending, gap, low, high vg.Length) {
	slices.SortStableFunc(ends, func(a, b ending) int { return cmp.Compare(a.y, b.y) })
	floor := low
	for i := range ends {
		ends[i].y = max(ends[i].y, floor)
		floor = ends[i].y + gap
	}
	ceiling := high
	for i := len(ends) - 1; i >= 0; i-- {
		ends[i].y = min(ends[i].y, ceiling)
		ceiling = ends[i].y - gap
	}
}
