package view

import (
	"slices"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
)

// Groups are texts, each with the names that it holds for.
type Groups []Group

// Group is one text with its names.
type Group struct {
	Names []string
	Text  string
}

// Add adds a name to the group of the text, or makes a new last group.
func (g *Groups) Add(name, text string) {
	i := slices.IndexFunc(*g, func(one Group) bool { return one.Text == text })
	if i < 0 {
		i, *g = len(*g), append(*g, Group{Text: text})
	}
	(*g)[i].Names = append((*g)[i].Names, name)
}

// ReasonLines say what failed, broke or is missing, each once. Claims without an answer
// share a line if their cause is the same; a cause with a line of its own is not
// repeated.
func ReasonLines(v *verdict.Verdict) (lines []string) {
	var causes []string
	for _, r := range v.Reasons {
		if r.Code != metric.ClaimUnanswered {
			lines, causes = append(lines, r.String()), append(causes, ": "+r.Text)
		}
	}
	if v.Void { // its reasons say why
		return lines
	}
	var unanswered Groups
	for _, c := range v.Claims {
		if c.Outcome.Answers() {
			continue
		}
		why := c.Because
		for _, cause := range causes {
			why = strings.TrimSuffix(why, cause)
		}
		unanswered.Add(c.ID, why)
	}
	for _, g := range unanswered {
		claims := "claims "
		if len(g.Names) == 1 {
			claims = "claim "
		}
		lines = append(lines, claims+strings.Join(g.Names, ", ")+": "+g.Text)
	}
	return lines
}

// Footnotes are the remarks on claims.
func Footnotes(v *verdict.Verdict) (all Groups) {
	for _, c := range v.Claims {
		if c.Estimate == nil && c.Outcome.Answers() { // else the reasons say it
			all.Add(c.ID, c.Because+".")
		}
		if c.AAMargin != nil {
			all.Add(c.ID, marginNote(c))
		}
		if c.HolmP != nil {
			which := "primary"
			if c.Secondary {
				which = "secondary"
			}
			all.Add(c.ID, "corrected for all "+which+" claims (Holm): p "+pvalue(*c.HolmP)+".")
		}
		if c.DecidedAfter > 0 {
			all.Add(c.ID, "decided after "+Plural(c.DecidedAfter, "block")+"; later blocks do not change the answer.")
		}
		for _, n := range c.Notes {
			all.Add(c.ID, n)
		}
	}
	return all
}

// pvalue is the relation and the figure: "= 0.031", "< 0.001".
func pvalue(p float64) string {
	if p < 0.0005 {
		return "< 0.001"
	}
	return "= " + strconv.FormatFloat(p, 'f', 3, 64)
}

// marginNote says by how much the ends of the claim's interval move, and why.
func marginNote(c verdict.ClaimVerdict) string {
	note := "before the verdict each end of the interval moves outward by the A/A margin, " + c.ShowAAMargin() + "."
	if c.PooledWith == "" {
		return note
	}
	return "compared with " + c.Baseline + " and its A/A control together; " + note
}
