package view

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/attribution"
	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/metric"
)

// TestLargestEffect: the line calls a change the main one only where the intervals do.
func TestLargestEffect(t *testing.T) {
	effect := func(change, low, high float64) *comparison.Effect {
		return &comparison.Effect{Change: change * 1e6, Low: low * 1e6, High: high * 1e6}
	}
	base := attribution.Attribution{
		Metric: metric.MemoryMean, Level: 0.9, None: 1000e6, All: 400e6, Total: *effect(-600, -620, -580),
		Causes: []attribution.Cause{
			{Name: "client", Shapley: effect(-280, -290, -270), Share: &comparison.Effect{Change: 0.47, Low: 0.44, High: 0.49}},
			{Name: "workers", Shapley: effect(-300, -320, -280), Share: &comparison.Effect{Change: 0.5, Low: 0.48, High: 0.52}},
		},
	}
	for _, tt := range []struct {
		name   string
		change func(*attribution.Attribution)
		want   string
	}{
		{"a share that may be a half, and a lead that may be chance",
			func(a *attribution.Attribution) { a.Lead.Effect = effect(-20, -50, 10) },
			"too close to say which is larger"},
		{"ahead, by no half", func(*attribution.Attribution) {}, "of workers is the largest: −300 MB (90% interval −320 MB to −280 MB), 20.0 MB (10.0 MB to 30.0 MB) more than that of client."},
		{"more than a half", func(a *attribution.Attribution) { a.Causes[1].Share.Low = 0.501 }, "most of it is due to workers: −300 MB"},
		{"the total may be chance", func(a *attribution.Attribution) { a.Total = *effect(-600, -1300, 100) }, "which may be chance"},
		{"nothing was made", func(a *attribution.Attribution) { a.Lead = nil }, "no change was made"},
		{"one was made", func(a *attribution.Attribution) { a.Lead.Over, a.Lead.Effect = "", nil }, "The effect of workers is −300 MB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := base
			a.Causes = append([]attribution.Cause(nil), base.Causes...)
			a.Causes[1].Share = &comparison.Effect{Change: 0.5, Low: 0.48, High: 0.52}
			a.Lead = &attribution.Lead{Cause: "workers", Over: "client", Effect: effect(-20, -30, -10)}
			tt.change(&a)
			got := largestEffect(&a)
			if !strings.Contains(got, tt.want) {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
			if strings.Contains(got, "most of it") != (a.Causes[1].Share.Low > 0.5) {
				t.Errorf("most of it: %s", got)
			}
		})
	}
}

// TestNotRunInPart: where a change did not act, its row has no effect.
func TestNotRunInPart(t *testing.T) {
	c := attribution.Cause{Name: "recycling", Moved: true, ManipulationCheck: "service.workers_recycled", AloneNotRun: "it did not move it alone"}
	row := CauseOf(metric.MemoryMean, c)
	if row.Alone != NotRun || row.OnTop == NotRun || row.Share == NotRun {
		t.Errorf("row %+v", row)
	}
	if lines := notRunLines(c); len(lines) != 1 || !strings.Contains(lines[0], "recycling is partly NOT RUN: it did not move it alone") {
		t.Errorf("lines %q", lines)
	}
}
