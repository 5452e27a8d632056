package report

import (
	"testing"

	"gonum.org/v1/plot/vg"
)

// A text is put beside the line that would cross it, where there is room.
func TestBeside(t *testing.T) {
	for _, tt := range []struct {
		name                      string
		middle, line, half, wants vg.Length
	}{
		{"far off", 50, 10, 20, 50},
		{"touching", 30, 10, 20, 30},
		{"a little right of it", 52, 50, 20, 70},
		{"a little left of it", 48, 50, 20, 30},
		{"on it, more room to the right", 30, 30, 20, 50},
		{"on it, more room to the left", 70, 70, 20, 50},
	} {
		if got := beside(tt.middle, tt.line, tt.half, 0, 100); got != tt.wants {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.wants)
		}
	}
}
