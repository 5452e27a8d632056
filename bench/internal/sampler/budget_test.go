package sampler

import (
	"testing"
	"time"
)

func TestBudget(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		name       string
		cost, wait time.Duration
	}{
		{"its share", 10 * time.Millisecond, time.Second},
		{"at the gap", 50 * time.Millisecond, 5 * time.Second},
		{"beyond it", time.Second, 5 * time.Second},
	} {
		b := budget{share: 0.01, gap: 5 * time.Second}
		if !b.due(now) {
			t.Errorf("%s: the first reading is not due", tt.name)
		}
		b.charge(now, tt.cost)
		if b.due(now.Add(tt.wait-1)) || !b.due(now.Add(tt.wait)) {
			t.Errorf("%s: %v spent, the next is due at %v, want after %v", tt.name, tt.cost, b.next.Sub(now), tt.wait)
		}
	}
}
