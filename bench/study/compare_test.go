package study_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/study"
	"github.com/memproof/memproof/bench/verdict"
)

// ran returns a run on the fake machine in which b has so many MB.
func ran(t *testing.T, mb float64, oldnew ...string) *record.Run {
	t.Helper()
	return ranOn(t, fakerig.New(), mb, oldnew...)
}

func ranOn(t *testing.T, f *fakerig.Rig, mb float64, oldnew ...string) *record.Run {
	t.Helper()
	run := fakerig.Create(t, oldnew...)
	i := 0.0
	f.ArmMemory = func(p experiment.TrialPlan, x float64) float64 {
		i++
		if p.Arm.Name == "b" {
			x = mb * 1e6
		}
		return x * (1 + 0.004*float64(int(i*7)%5-2)) // scatter
	}
	fakerig.Execute(t, run, f)
	again, err := record.OpenRun(run.Dir)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// compare compares two runs, each on its own.
func compare(t *testing.T, a, b *record.Run) (*study.Compared, error) {
	t.Helper()
	var sides [2]study.Side
	for i, run := range []*record.Run{a, b} {
		var err error
		if sides[i], err = study.SideOf(run); err != nil {
			t.Fatal(err)
		}
	}
	return study.Compare(sides[0], sides[1])
}

func TestCompare(t *testing.T) {
	a, same, worse := ran(t, 400), ran(t, 400), ran(t, 500)
	for _, tt := range []struct {
		name   string
		b      *record.Run
		factor float64
		differ bool
	}{{"the same again", same, 1, false}, {"a quarter more", worse, 1.25, true}} {
		c, err := compare(t, a, tt.b)
		if err != nil {
			t.Fatal(err)
		}
		less := c.Claims[0]
		if less.A.ID != "less" || less.Differ != tt.differ || less.Change < 0.97*tt.factor || less.Change > 1.03*tt.factor || !less.Factor {
			t.Errorf("%s: %+v", tt.name, less)
		}
	}
}

func TestCompareLeavesAbsoluteFiguresOfOtherMachinesOut(t *testing.T) {
	value := []string{"ratio: {at_most: 1.1}", "ratio: {at_most: 1.1}}\n  - {id: size, metric: memory.mean, variant: b, value: {at_most: 1GB}"}
	a, b := ran(t, 400, value...), ran(t, 400, value...)
	b.Meta.Machine = map[string]string{"kernel": "another"}
	c, err := compare(t, a, b)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Claims) != 2 || len(c.Relative) != 1 || !strings.Contains(c.Relative[0], `kernel is "" and "another"`) {
		t.Errorf("%d claims, %q", len(c.Claims), c.Relative)
	}
	b.Meta.Machine = nil
	if c, err = compare(t, a, b); err != nil || len(c.Claims) != 3 {
		t.Errorf("on one machine: %+v, %v", c, err)
	}
}

// TestCompareLeavesMemoryOfAnotherBasisOut: a reduction that includes reclaimable slab
// is not compared with one that excludes it.
func TestCompareLeavesMemoryOfAnotherBasisOut(t *testing.T) {
	v2 := fakerig.New()
	v2.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) {
		fakerig.SpoilSamples(s, func(_ int, s *metric.Sample) { s.Cgroup.Reclaimable = new(uint64(0)) })
	}
	a, b := ran(t, 400), ranOn(t, v2, 400)
	c, err := compare(t, a, b)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Claims) != 1 || c.Claims[0].A.ID != "fast" || !strings.Contains(c.Apart, `"charged" in one and "charged_unreclaimable" in the other`) {
		t.Errorf("%d claims, %q", len(c.Claims), c.Apart)
	}
}

func TestCompareRefuses(t *testing.T) {
	a := ran(t, 400)
	for _, tt := range []struct {
		name string
		b    *record.Run
		want string
	}{
		{"another load", ran(t, 400, "rate: 50/s, for: 10s", "rate: 60/s, for: 10s"), "their scenarios differ in load"},
		{"other limits", ran(t, 400, "blocks: 6", "blocks: 6\nlimits: {cpus: 1}"), "their scenarios differ in limits"},
		{"no claim in common", ran(t, 400, "metric: memory.mean", "metric: memory.peak", "metric: latency.p50", "metric: latency.p60"), "they share no claim"},
		{"nothing measured", fakerig.Create(t), "has 0 whole blocks"},
	} {
		_, err := compare(t, a, tt.b)
		var not study.NotComparable
		if !errors.As(err, &not) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

// TestCompareSides: between studies the interval includes how runs differ, so what two
// runs show as a difference two studies need not. Runs without figures are left out.
func TestCompareSides(t *testing.T) {
	side := func(mb ...float64) study.Side {
		s := study.Side{Dir: "study"}
		for _, x := range mb {
			one, err := study.SideOf(ran(t, x))
			if err != nil {
				t.Fatal(err)
			}
			s.Runs = append(s.Runs, one.Runs...)
		}
		return s
	}
	void := study.JudgedRun{Run: fakerig.Create(t), Verdict: &verdict.Verdict{Void: true, Outcome: verdict.Invalid}}
	steady, scattered, worse := side(400, 401, 402), side(390, 430), side(500, 501, 502)
	worse.Runs = append(worse.Runs, void)
	one := study.Side{Dir: "run", Runs: scattered.Runs[1:]}
	for name, tt := range map[string]struct {
		a, b   study.Side
		differ bool
		runs   [2]int
	}{
		"itself":              {steady, steady, false, [2]int{3, 3}},
		"a quarter more":      {steady, worse, true, [2]int{3, 3}},
		"runs that scatter":   {steady, scattered, false, [2]int{3, 2}},
		"one run of these":    {steady, one, true, [2]int{3, 1}},
		"that run alone":      {study.Side{Runs: steady.Runs[:1]}, one, true, [2]int{1, 1}},
		"scatter and one run": {scattered, study.Side{Runs: steady.Runs[:1]}, false, [2]int{2, 1}},
	} {
		c, err := study.Compare(tt.a, tt.b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		less := c.Claims[0]
		if less.Differ != tt.differ || less.RunsA != tt.runs[0] || less.RunsB != tt.runs[1] {
			t.Errorf("%s: %+v", name, less)
		}
	}
	_, err := study.Compare(steady, study.Side{Dir: "study", Runs: []study.JudgedRun{void}})
	if not := (study.NotComparable{}); !errors.As(err, &not) || !strings.Contains(err.Error(), "is INVALID") {
		t.Errorf("%v", err)
	}
	if _, err := study.Compare(steady, study.Side{Dir: "empty"}); !errors.As(err, new(study.NotComparable)) {
		t.Errorf("%v", err)
	}
}
