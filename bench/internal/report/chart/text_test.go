package chart

import (
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

func TestWrappedFits(t *testing.T) {
	t.Parallel()
	style := bold(bodySize, text)
	const room = 120
	lines := wrapped("a sentence that is far too long for two lines of so few points, and then goes on", room, 2, style)
	if len(lines) != 2 || !strings.HasSuffix(lines[1].text, "…") {
		t.Errorf("got %+v, want two lines, the second cut off", lines)
	}
	for _, l := range append(lines, wrapped("Unbreakablewordthatdoesnotfitatall", room, 2, style)...) {
		if w := style.Width(l.text); w > room {
			t.Errorf("%q is %v wide, room is %v", l.text, w, room)
		}
	}
}

// TestLegendTakesTheRowsThatItNeeds and leaves the rest of the canvas to the plot.
func TestLegendTakesTheRowsThatItNeeds(t *testing.T) {
	t.Parallel()
	entry := legendEntry{text: strings.Repeat("x", 40)}
	long := legendEntry{text: strings.Repeat("x", 400)}
	for _, tt := range []struct {
		entries []legendEntry
		rows    vg.Length
	}{
		{[]legendEntry{entry}, 1}, {[]legendEntry{entry, entry}, 1}, {[]legendEntry{entry, entry, entry}, 2},
		{[]legendEntry{long}, 1}, {[]legendEntry{entry, long, entry}, 3},
	} {
		c := draw.New(vgimg.NewWith(vgimg.UseWH(8*vg.Inch, 4*vg.Inch)))
		left := drawLegend(c, tt.entries)
		if got, want := c.Max.Y-left.Max.Y, legendRow*(tt.rows+0.5); got != want {
			t.Errorf("%d entries take %v points, want %v", len(tt.entries), got, want)
		}
	}
}
