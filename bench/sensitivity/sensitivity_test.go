package sensitivity_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/sensitivity"
)

const text = `name: fake
variants:
  - {name: a, build: ./a}
  - {name: b, build: ./b}
load:
  target: {path: /}
  phases:
    - {name: warm, rate: 50/s, for: 10s}
    - {name: window, rate: 50/s, for: 30s, measure: true}
blocks: 3
claims:
  - {id: less, metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}}
`

func parsed(t *testing.T, oldnew ...string) *scenario.Scenario {
	t.Helper()
	sc, err := scenario.ParseScenario("fake.yaml", []byte(strings.NewReplacer(oldnew...).Replace(text)))
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// trial has two readings in each second of a load of 40 s.
func trial(memory func(second int) float64) measure.TrialResult {
	m := measure.TrialResult{Figures: map[metric.Name]float64{}}
	for i := range 80 {
		m.Readings = append(m.Readings, measure.Reading{At: float64(i) / 2, Mean: memory(i / 2), High: memory(i / 2)})
	}
	window := m.Readings.Between(10, 40)
	m.Figures[metric.MemoryMean], m.Figures[metric.MemoryPeak], m.Figures[metric.MemoryIdle] = window.Average(), window.Peak(), memory(0)
	return m
}

func always(x float64) func(int) float64 { return func(int) float64 { return x } }

// blocks are three blocks of the same trials: a, the A/A control and b.
func blocks(a, again, b measure.TrialResult) (all []measure.Block) {
	for range 3 {
		all = append(all, measure.Block{"a": a, scenario.AAArm: again, "b": b})
	}
	return all
}

// saved judges by the mean of b over that of the baseline: at least half must be saved.
func saved(c scenario.Claim, pooledWith string, blocks []measure.Block) (a sensitivity.Answer, ok bool) {
	of, base := 0.0, 0.0
	for _, b := range blocks {
		of += b["b"].Figures[c.Metric]
		base += b["a"].Figures[c.Metric]
		if pooledWith != "" {
			base += (b[pooledWith].Figures[c.Metric] - b["a"].Figures[c.Metric]) / 2
		}
	}
	a.Estimate, a.Outcome = 1-of/base, "REFUTED"
	if a.Estimate >= 0.5 {
		a.Outcome = "PROVEN"
	}
	return a, true
}

func question(sc *scenario.Scenario, all []measure.Block, pooledWith string) sensitivity.Question {
	return sensitivity.Question{Claim: sc.Claims[0], PooledWith: pooledWith, Blocks: all, Judge: saved}
}

// TestSlices: each second of the load is judged by itself, against the pooled baseline.
func TestSlices(t *testing.T) {
	sc := parsed(t)
	b := trial(func(i int) float64 { return 150 - float64(i) }) // 150 to 111
	got := sensitivity.Slices(question(sc, blocks(trial(always(200)), trial(always(300)), b), scenario.AAArm), sc)
	if len(got) != 40 {
		t.Fatalf("%d slices, want one a second", len(got))
	}
	for i, s := range got {
		want := 1 - (150-float64(i))/250
		if s.From != float64(i) || s.To != float64(i+1) || s.InWindow != (i >= 10) || math.Abs(s.Answer.Estimate-want) > 1e-12 {
			t.Errorf("slice %d: %+v %+v, want %v", i, s, s.Answer, want)
		}
		if proven := s.Answer.Outcome == "PROVEN"; proven != (i >= 25) {
			t.Errorf("slice %d is %s", i, s.Answer.Outcome)
		}
	}
}

// TestSlicesWithoutReadings: no answer without a reading of every trial, and slices as
// wide as two readings where those are rare.
func TestSlicesWithoutReadings(t *testing.T) {
	sc, b := parsed(t), trial(always(100))
	b.Readings = slices.Concat(b.Readings[:40], b.Readings[60:])
	for i, s := range sensitivity.Slices(question(sc, blocks(trial(always(200)), trial(always(200)), b), ""), sc) {
		if (s.Answer == nil) != (i >= 20 && i < 30) {
			t.Errorf("slice %d: %+v", i, s.Answer)
		}
	}
	rare := trial(always(100))
	rare.Readings = measure.Readings{rare.Readings[2], rare.Readings[12], rare.Readings[22], rare.Readings[32]}
	if n := len(sensitivity.Slices(question(sc, blocks(rare, rare, rare), ""), sc)); n != 4 {
		t.Errorf("%d slices of readings every 5 s, want 1 of the warm-up and 3 of the window", n)
	}
	for _, s := range sensitivity.Slices(question(sc, blocks(measure.TrialResult{}, measure.TrialResult{}, measure.TrialResult{}), ""), sc) {
		if s.Answer != nil {
			t.Errorf("an answer of nothing: %+v", s)
		}
	}
}

// TestAnalyses: b holds 100 of 250 in the window but for one second of 240, and 200 before
// the load: mean and median prove it, peak and idle do not.
func TestAnalyses(t *testing.T) {
	sc := parsed(t)
	b := trial(func(i int) float64 {
		switch i {
		case 0:
			return 200
		case 24, 25:
			return 240
		}
		return 100
	})
	all := sensitivity.Analyse(question(sc, blocks(trial(always(250)), trial(always(250)), b), scenario.AAArm), sc)
	if len(all) != 66 {
		t.Fatalf("%d analyses, want 3 figures by 7 windows and idle, by 3 baselines", len(all))
	}
	counts := sensitivity.Counts(all)
	if fmt.Sprint(counts) != "[{PROVEN 42 [mean median]} {REFUTED 24 [peak idle]}]" {
		t.Errorf("%v", counts)
	}
	own := slices.DeleteFunc(slices.Clone(all), func(a sensitivity.Analysis) bool { return !a.Own })
	if len(own) != 1 || own[0].Figure != "mean" || own[0].From != 10 || own[0].To != 40 || own[0].Baseline != "a and A-A" ||
		own[0].Answer.Estimate != 1-b.Figures[metric.MemoryMean]/250 {
		t.Errorf("the claim's own: %+v", own)
	}
	for window, want := range map[string][2]float64{"warm-up and window": {0, 40}, "last 2/3 of the window": {20, 40}, "middle half of the window": {17.5, 32.5}} {
		i := slices.IndexFunc(all, func(a sensitivity.Analysis) bool { return a.Window == window })
		if i < 0 || all[i].From != want[0] || all[i].To != want[1] {
			t.Errorf("%s: %v", window, all[max(i, 0)])
		}
	}
}

// TestFewerAnalyses: what cannot be told apart, or has too few readings, is left out.
func TestFewerAnalyses(t *testing.T) {
	one := trial(always(100))
	sparse := trial(always(100))
	sparse.Readings = sparse.Readings[24:34] // of 12 to 17 s
	unread := measure.TrialResult{Figures: one.Figures}
	noWarmUp := "    - {name: warm, rate: 50/s, for: 10s}\n"
	for _, tt := range []struct {
		name   string
		sc     *scenario.Scenario
		trial  measure.TrialResult
		pooled string
		want   int
	}{
		{"one baseline", parsed(t), one, "", 22},
		{"no warm-up", parsed(t, noWarmUp, ""), one, "", 19},
		{"few readings", parsed(t), sparse, "", 3*4 + 1}, // of the window, with warm-up, its first half and 2/3; and idle
		{"no readings", parsed(t), unread, "", 3},        // mean and peak of the window, idle
		{"nothing", parsed(t), measure.TrialResult{}, scenario.AAArm, 0},
	} {
		if got := sensitivity.Analyse(question(tt.sc, blocks(tt.trial, tt.trial, tt.trial), tt.pooled), tt.sc); len(got) != tt.want {
			t.Errorf("%s: %d analyses, want %d: %v", tt.name, len(got), tt.want, got)
		}
	}
}

// TestCountsNameOneChoice: the windows that lead to an outcome are named if the figures do
// not tell it apart.
func TestCountsNameOneChoice(t *testing.T) {
	analysis := func(figure, window, outcome string) sensitivity.Analysis {
		return sensitivity.Analysis{Figure: figure, Window: window, Baseline: "a", Answer: sensitivity.Answer{Outcome: outcome}}
	}
	for want, all := range map[string][]sensitivity.Analysis{
		"[{P 2 []}]": {analysis("mean", "early", "P"), analysis("peak", "late", "P")},
		"[{P 2 [early]} {R 2 [late]}]": {
			analysis("mean", "early", "P"), analysis("mean", "late", "R"), analysis("peak", "early", "P"), analysis("peak", "late", "R")},
		"[{P 3 []} {R 1 [mean]}]": {
			analysis("mean", "early", "P"), analysis("mean", "late", "R"), analysis("peak", "early", "P"), analysis("peak", "late", "P")},
		"[]": nil,
	} {
		if got := fmt.Sprint(sensitivity.Counts(all)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestCompareFigures: the same blocks by each figure; one that a trial lacks is absent with
// its reason.
func TestCompareFigures(t *testing.T) {
	sc, a, b := parsed(t), trial(always(200)), trial(func(i int) float64 { return 190 - 4*float64(i) })
	a.Absent = map[metric.Name]string{metric.WorkingSetMean: "no container"}
	got, ok := sensitivity.CompareFigures(question(sc, blocks(a, a, b), ""))
	if !ok || len(got.Figures) != 4 || got.Figures[3].Absent != "no container" {
		t.Fatalf("%+v", got)
	}
	for m, want := range map[metric.Name]float64{metric.MemoryMean: 1 - b.Figures[metric.MemoryMean]/200, metric.MemoryPeak: 1 - 150./200, metric.MemoryIdle: 1 - 190./200} {
		if a, ok := got.Of(m); !ok || math.Abs(a.Estimate-want) > 1e-12 {
			t.Errorf("%s: %+v, want %v", m, a, want)
		}
	}
	for _, other := range []string{"metric: latency.p50", "metric: memory.growth"} {
		q := question(parsed(t, "metric: memory.mean", other, "reduction: {at_least: 50%}", "ratio: {at_most: 1}"), nil, "")
		if c, ok := sensitivity.CompareFigures(q); ok {
			t.Errorf("%s: %+v", other, c)
		}
	}
}

func TestHeadline(t *testing.T) {
	for _, tt := range []struct {
		change string
		want   bool
	}{
		{"metric: memory.mean", true},
		{"metric: memory.peak", true},
		{"metric: memory.idle", false},
		{"metric: memory.mean, secondary: true", false},
	} {
		if _, ok := sensitivity.Headline(parsed(t, "metric: memory.mean", tt.change)); ok != tt.want {
			t.Errorf("%s: %t", tt.change, ok)
		}
	}
}
