package view

import (
	"slices"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
)

// ReasonLines say what failed, broke or is missing, each thing once: claims that were not
// answered for one cause share a line, and a cause that has a line of its own is not
// told again with the claims.
func ReasonLines(v *verdict.Verdict) (lines []string) {
	var causes []string
	for _, r := range v.Reasons {
		if r.Code != metric.ClaimUnanswered {
			lines, causes = append(lines, r.String()), append(causes, ": "+r.Text)
		}
	}
	if !v.Void { // else the run has no answers, and its reasons say why
		for _, c := range unanswered(v, causes) {
			lines = append(lines, c.line())
		}
	}
	return lines
}

// notAnswered are claims that have no answer for one reason.
type notAnswered struct {
	ids []string
	why string
}

func (n notAnswered) line() string {
	if len(n.ids) == 1 {
		return "claim " + n.ids[0] + ": " + n.why
	}
	return "claims " + strings.Join(n.ids, ", ") + ": " + n.why
}

func unanswered(v *verdict.Verdict, causes []string) (all []notAnswered) {
	for _, c := range v.Claims {
		if c.Outcome.Answers() {
			continue
		}
		why := c.Because
		for _, told := range causes {
			why = strings.TrimSuffix(why, told)
		}
		i := slices.IndexFunc(all, func(n notAnswered) bool { return n.why == why })
		if i < 0 {
			i, all = len(all), append(all, notAnswered{why: why})
		}
		all[i].ids = append(all[i].ids, c.ID)
	}
	return all
}

// Footnote is what is said of some claims alike.
type Footnote struct {
	Claims []string // their ids
	Text   string
}

// Footnotes are those of all claims, each said once.
func Footnotes(v *verdict.Verdict) (all []Footnote) {
	add := func(id, text string) {
		i := slices.IndexFunc(all, func(f Footnote) bool { return f.Text == text })
		if i < 0 {
			i, all = len(all), append(all, Footnote{Text: text})
		}
		all[i].Claims = append(all[i].Claims, id)
	}
	for _, c := range v.Claims {
		if c.Estimate == nil && c.Outcome.Answers() { // of those the reasons tell
			add(c.ID, c.Because+".")
		}
		if c.SignFlipP != nil {
			add(c.ID, "exact sign-flip test against the nearest end of the claim, p "+pvalue(c.SignFlipP)+".")
		}
		if c.HolmP != nil {
			add(c.ID, "among all secondary claims p "+pvalue(c.HolmP)+" (Holm).")
		}
		for _, n := range c.Notes {
			add(c.ID, n)
		}
	}
	return all
}

// pvalue is the relation and the figure: "= 0.031". Of a small one no more is said
// than that it is.
func pvalue(p *float64) string {
	if *p < 0.0005 {
		return "< 0.001"
	}
	return "= " + strconv.FormatFloat(*p, 'f', 3, 64)
}
