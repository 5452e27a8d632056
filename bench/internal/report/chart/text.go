package chart

import (
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// textLine is a line of a column.
type textLine struct {
	text  string
	style draw.TextStyle
}

// height is the line's height in points.
func (l textLine) height() vg.Length { return 1.32 * l.style.Font.Size }

func stackHeight(lines []textLine) (high vg.Length) {
	for _, l := range lines {
		high += l.height()
	}
	return high
}

// stack writes lines below each other, in the middle of the column's height.
func stack(c draw.Canvas, lines []textLine) {
	y := c.Center().Y + stackHeight(lines)/2
	for _, l := range lines {
		c.FillText(l.style, vg.Point{X: c.Min.X, Y: y - l.height()/2}, l.text)
		y -= l.height()
	}
}

// wrapped breaks a sentence between words into at most so many lines that fit. It cuts
// off what the last line has no room for.
func wrapped(sentence string, room vg.Length, most int, s draw.TextStyle) (lines []textLine) {
	for _, word := range strings.Fields(sentence) {
		n := len(lines)
		if n == 0 || n < most && s.Width(lines[n-1].text+" "+word) > room {
			lines = append(lines, textLine{word, s})
		} else {
			lines[n-1].text += " " + word
		}
	}
	for i := range lines {
		lines[i].text = fitted(lines[i].text, room, s)
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

// widest is the width of the widest text, with a gap before it.
func widest(s draw.TextStyle, gap vg.Length, texts ...string) (wide vg.Length) {
	for _, t := range texts {
		wide = max(wide, gap+s.Width(t))
	}
	return wide
}
