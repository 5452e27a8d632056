package chart

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/memproof/memproof/bench/internal/report/reporttest"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/sensitivity"
)

// TestPicturesOfSensitivity: whatever the figures are, a picture is drawn or says why not.
func TestPicturesOfSensitivity(t *testing.T) {
	t.Parallel()
	run := reporttest.Small().Write(t, t.TempDir())
	v := reporttest.Judged(t, run)
	full := *v.Sensitivity
	slice := func(from, estimate, low, high float64) sensitivity.Slice {
		return sensitivity.Slice{From: from, To: from + 1, Answer: &sensitivity.Answer{Estimate: estimate, Low: low, High: high, Outcome: "PROVEN"}}
	}
	answer := func(estimate, low, high float64) sensitivity.Analysis {
		return sensitivity.Analysis{Figure: "mean", Answer: sensitivity.Answer{Estimate: estimate, Low: low, High: high, Outcome: "FAILED"}}
	}
	for name, c := range map[string]struct {
		change func(*sensitivity.Sensitivity)
		drawn  bool
	}{
		"as measured": {func(*sensitivity.Sensitivity) {}, true},
		"one of each": {func(s *sensitivity.Sensitivity) {
			s.Slices, s.Analyses = []sensitivity.Slice{slice(0, 0.6, 0.6, 0.6)}, []sensitivity.Analysis{answer(0.6, 0.6, 0.6)}
		}, true},
		"huge and tiny": {func(s *sensitivity.Sensitivity) {
			s.Slices = []sensitivity.Slice{slice(0, 1e-300, -1e-300, 2e-300), slice(1, 1e300, -1e300, 1.7e300)}
			s.Analyses = []sensitivity.Analysis{answer(1e-300, -1e-300, 2e-300), answer(1e300, -1e300, 1.7e300)}
		}, true},
		"none": {func(s *sensitivity.Sensitivity) {
			s.Slices, s.Analyses = []sensitivity.Slice{{From: 0, To: 1}}, nil
		}, false},
		"absent":      {func(s *sensitivity.Sensitivity) { *s = sensitivity.Sensitivity{Absent: "the claim has no answer"} }, false},
		"other claim": {func(s *sensitivity.Sensitivity) { s.Headline = "another" }, false},
	} {
		s := full
		c.change(&s)
		v.Sensitivity = &s
		for _, o := range []view.Output{Along, Analyses} {
			text, err := o.Write(view.Of(run, v))
			why, notMade := err.(view.NotMade)
			if (err == nil) != c.drawn || err != nil && (!notMade || why == "") {
				t.Errorf("%s, %s: %v", name, o.Name, err)
			}
			if err == nil && name != "huge and tiny" { // its labels have 300 digits
				path := filepath.Join(run.Dir, o.Name)
				reporttest.Check(t, os.WriteFile(path, text, 0o644))
				reporttest.LookAt(t, path)
			}
		}
	}
}

// TestSliceCurves: a gap cuts the curve, and the widest tenth of the intervals does not set
// the axis.
func TestSliceCurves(t *testing.T) {
	var all []sensitivity.Slice
	for i := range 21 {
		a := &sensitivity.Answer{Estimate: 0.5, Low: 0.4, High: 0.6}
		switch i {
		case 3:
			a = nil
		case 7:
			a.Low, a.High = -90, 0.99
		}
		all = append(all, sensitivity.Slice{From: float64(i), To: float64(i + 1), Answer: a})
	}
	c, ends := sliceCurves(all)
	lines, _ := c.pieces()
	if len(lines) != 2 || len(lines[0]) != 3 || len(lines[1]) != 17 {
		t.Errorf("%d pieces: %v", len(lines), lines)
	}
	if low, high := rangeOf(ends); low < 0.3 || high > 0.7 || math.IsNaN(low) {
		t.Errorf("the axis goes from %v to %v", low, high)
	}
}
