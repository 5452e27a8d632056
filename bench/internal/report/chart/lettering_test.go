package chart

import (
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
)

// TestSpread: names keep their order and their distance, stay within the picture, and
// those that touch stand around where they belong.
func TestSpread(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		curves, to []vg.Length
	}{
		{"apart", []vg.Length{10, 50, 90}, []vg.Length{10, 50, 90}},
		{"two that touch", []vg.Length{50, 52}, []vg.Length{45, 57}},
		{"three at one height", []vg.Length{50, 50, 50}, []vg.Length{38, 50, 62}},
		{"one pushes another", []vg.Length{50, 55, 60}, []vg.Length{43, 55, 67}},
		{"at the top", []vg.Length{98, 100}, []vg.Length{88, 100}},
		{"at the bottom", []vg.Length{0, 1}, []vg.Length{0, 12}},
		{"alone", []vg.Length{40}, []vg.Length{40}},
	} {
		var ends []ending
		for _, y := range tt.curves {
			ends = append(ends, ending{curve: y, y: y})
		}
		spread(ends, 12, 0, 100)
		for i, e := range ends {
			if e.y != tt.to[i] || e.curve != tt.curves[i] {
				t.Errorf("%s: name %d of the curve at %v stands at %v, want %v", tt.name, i, e.curve, e.y, tt.to[i])
			}
		}
	}
}

func TestWrappedFits(t *testing.T) {
	style := bold(bodySize, text)
	const room = 120
	lines := wrapped("a sentence that is far too long for two lines of so few points, and then goes on", room, 2, style)
	if len(lines) != 2 || !strings.HasSuffix(lines[1], "…") {
		t.Errorf("got %q, want two lines, the second cut off", lines)
	}
	for _, l := range append(lines, wrapped("Unbreakablewordthatdoesnotfitatall", room, 2, style)...) {
		if w := style.Width(l); w > room {
			t.Errorf("%q is %v wide, room is %v", l, w, room)
		}
	}
}
