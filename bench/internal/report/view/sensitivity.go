package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/sensitivity"
	"github.com/memproof/memproof/bench/verdict"
)

// Depends is what the answers depend on, in words. The zero value has nothing to show.
type Depends struct {
	Figures  []string // the heads of the columns of Claims
	Claims   []DependsRow
	Analyses string // how many analyses agree; empty without them
	Along    string // the answer along the window
	Absent   string // why there is neither; empty if there are both
	Steady   []SteadyRow
}

// DependsRow is a claim by each figure.
type DependsRow struct {
	Claim string
	Cells []string
}

// SteadyRow is a variant's memory in the window.
type SteadyRow struct{ Variant, Drift, Variation, Steady string }

var byFigure = map[metric.Name]string{
	metric.MemoryMean: "by the mean", metric.MemoryPeak: "by the peak",
	metric.MemoryIdle: "before the load", metric.WorkingSetMean: "by the working set",
}

// DependsOf describes what the run's answers depend on.
func DependsOf(m Material) (d Depends) {
	s := m.Verdict.Sensitivity
	if s == nil {
		return d
	}
	d.figureTable(m.Verdict, s.Claims)
	d.Absent = s.Absent
	if c, ok := HeadlineOf(m.Verdict); ok {
		d.Analyses = analysesLine(c, s.Analyses)
		d.Along = alongLine(s.Slices)
	}
	first, _ := m.Run.Scenario.WindowOffsets()
	for _, one := range s.Steadiness {
		if slices.Contains(ShownVariants(m.Run.Scenario), one.Variant) {
			d.Steady = append(d.Steady, steadyRow(one, first.Seconds()))
		}
	}
	return d
}

// HeadlineOf returns the claim that slices and analyses are of.
func HeadlineOf(v *verdict.Verdict) (c verdict.ClaimVerdict, ok bool) {
	if v.Sensitivity == nil || v.Sensitivity.Headline == "" {
		return c, false
	}
	if headline := v.Claim(v.Sensitivity.Headline); headline != nil {
		return *headline, true
	}
	return c, false
}

// figureTable has a column for each figure that some claim has an answer by.
func (d *Depends) figureTable(v *verdict.Verdict, claims []sensitivity.ClaimFigures) {
	var shown []metric.Name
	for _, c := range claims {
		for _, f := range c.Figures {
			if f.Answer != nil && !slices.Contains(shown, f.Metric) {
				shown = append(shown, f.Metric)
				d.Figures = append(d.Figures, byFigure[f.Metric])
			}
		}
	}
	for _, one := range claims {
		c := v.Claim(one.ID)
		if c == nil {
			continue
		}
		r := DependsRow{Claim: SentenceOf(*c)}
		for _, m := range shown {
			r.Cells = append(r.Cells, figureCell(*c, one, m))
		}
		d.Claims = append(d.Claims, r)
	}
}

// figureCell prints the answer by that metric. The claim's own is the one in its table.
func figureCell(c verdict.ClaimVerdict, one sensitivity.ClaimFigures, m metric.Name) string {
	a, ok := one.Of(m)
	switch {
	case m == c.Metric:
		return fmt.Sprintf("%s, **%s**", c.ShowMeasured(), c.Outcome)
	case !ok:
		return "absent"
	default:
		return showAnswer(c, a) + ", would be " + a.Outcome
	}
}

func showAnswer(c verdict.ClaimVerdict, a sensitivity.Answer) string {
	return withRange(c.Show, "", comparison.Effect{Change: a.Estimate, Low: a.Low, High: a.High})
}

// OtherFigures says which other figures of memory would give the headline another answer;
// empty if none would. People buy memory for the peak.
func OtherFigures(v *verdict.Verdict) string {
	c, ok := HeadlineOf(v)
	if !ok || !c.Outcome.Answers() {
		return ""
	}
	i := slices.IndexFunc(v.Sensitivity.Claims, func(f sensitivity.ClaimFigures) bool { return f.ID == c.ID })
	if i < 0 {
		return ""
	}
	var parts []string
	for _, m := range []metric.Name{metric.MemoryMean, metric.MemoryPeak, metric.MemoryIdle} {
		if a, ok := v.Sensitivity.Claims[i].Of(m); ok && m != c.Metric && a.Outcome != string(c.Outcome) {
			parts = append(parts, fmt.Sprintf("%s it is %s, which would be %s", byFigure[m], showAnswer(c, a), a.Outcome))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	compared := map[metric.Name]string{metric.MemoryMean: "means", metric.MemoryPeak: "peaks"}[c.Metric]
	return fmt.Sprintf("“%s” compares %s: %s.", SentenceOf(c), compared, strings.Join(parts, "; "))
}

// analysesLine is "Of 66 defensible analyses of … 42 prove it, 24 refute it (all by peak or idle)".
func analysesLine(c verdict.ClaimVerdict, all []sensitivity.Analysis) string {
	if len(all) == 0 {
		return ""
	}
	var parts []string
	for i, n := range sensitivity.Counts(all) {
		part := fmt.Sprintf("%d %s", n.N, does(n.Outcome, n.N))
		if i > 0 && len(n.Only) > 0 {
			part += fmt.Sprintf(" (all by %s)", strings.Join(n.Only, " or "))
		}
		parts = append(parts, part)
	}
	if len(parts) == 1 {
		return fmt.Sprintf("All %s: “%s”.", strings.Replace(parts[0], " ", " defensible analyses ", 1), SentenceOf(c))
	}
	return fmt.Sprintf("Of %d defensible analyses of “%s”, %s.", len(all), SentenceOf(c), strings.Join(parts, ", "))
}

func does(outcome string, n int) string {
	verb, rest := "leave", " it open"
	switch verdict.Outcome(outcome) {
	case verdict.Proven:
		verb, rest = "prove", " it"
	case verdict.Refuted:
		verb, rest = "refute", " it"
	}
	if n == 1 {
		verb += "s"
	}
	return verb + rest
}

// alongLine is how many seconds of the window have which answer.
func alongLine(all []sensitivity.Slice) string {
	const unread = "without a reading"
	order, seconds, whole := []string{string(verdict.Proven), string(verdict.Refuted), string(verdict.Inconclusive), unread}, map[string]float64{}, 0.0
	for _, s := range all {
		if !s.InWindow {
			continue
		}
		outcome := unread
		if s.Answer != nil {
			outcome = s.Answer.Outcome
		}
		seconds[outcome] += s.To - s.From
		whole += s.To - s.From
	}
	var parts []string
	for _, o := range order {
		if seconds[o] > 0 {
			parts = append(parts, fmt.Sprintf("%s in %.3g s", o, seconds[o]))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("Slice by slice, of the %.3g s of the window the claim is %s.", whole, strings.Join(parts, ", "))
}

// steadyRow says how memory was not steady, and from when on it was.
func steadyRow(s sensitivity.Steadiness, window float64) SteadyRow {
	if s.Drift == nil || s.Variation == nil {
		return SteadyRow{Variant: s.Variant, Drift: "absent", Variation: "absent", Steady: s.Absent}
	}
	r := SteadyRow{Variant: s.Variant, Drift: metric.Signed(*s.Drift), Variation: metric.Percent(*s.Variation), Steady: "yes"}
	if s.Steady {
		return r
	}
	var how []string
	switch {
	case *s.Drift > sensitivity.SteadyWithin:
		how = append(how, "it still rose")
	case *s.Drift < -sensitivity.SteadyWithin:
		how = append(how, "it still fell")
	}
	if *s.Variation > sensitivity.SteadyWithin {
		how = append(how, "it swung")
	}
	r.Steady = "**no**: " + strings.Join(how, " and ")
	if s.SteadyFrom == nil {
		r.Steady += "; never steady in this load"
	} else {
		r.Steady += fmt.Sprintf("; steady after %.3g s of load (the window begins after %.3g s)", *s.SteadyFrom, window)
	}
	return r
}

// AsksOverLoad reports whether the scenario has a claim that is examined over the load.
func AsksOverLoad(sc *scenario.Scenario) bool {
	_, ok := sensitivity.Headline(sc)
	return ok
}
