package load

import (
	"testing"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// TestAddedShape: a new shape needs only a line of the table, and can then be written,
// checked, shown and sent.
func TestAddedShape(t *testing.T) {
	was := kinds
	defer func() { kinds = was }()
	kinds = append([]shapeKind{{
		marks: []string{"speed"}, needs: []string{"rate", "for"},
		is:   func(p Phase) bool { return p.Speed > 0 && p.Trace == "" },
		of:   func(p Phase) Shape { return ConstantRate(float64(p.Rate) * p.Speed) },
		show: func(p Phase) string { return p.Rate.String() + ", faster" },
		check: func(p Phase, _ func(string) bool, fail Fail) {
			if p.Speed > 10 {
				fail("speed", "too fast")
			}
		},
	}}, was...)
	p := Phase{Rate: 20, Speed: 3, For: 2 * time.Second}
	if p.Hits() != 120 || p.String() != "20/s, faster" || p.Shape().Rate(0) != metric.Rate(60) {
		t.Errorf("%s sends %d requests at %s", p, p.Hits(), p.Shape().Rate(0))
	}
	for written, want := range map[string]struct {
		p     Phase
		field string // the refused field
	}{
		"fine":         {p, ""},
		"without rate": {Phase{Speed: 3, For: time.Second}, "rate"},
		"too fast":     {Phase{Rate: 20, Speed: 11, For: time.Second}, "speed"},
	} {
		refused := ""
		has := func(field string) bool {
			return map[string]bool{"speed": true, "for": true, "rate": want.p.Rate > 0}[field]
		}
		want.p.CheckShape(has, func(field, _ string, _ ...any) { refused = field })
		if refused != want.field {
			t.Errorf("%s: %q is refused, want %q", written, refused, want.field)
		}
	}
}
