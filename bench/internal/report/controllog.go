package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/printable"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// JudgedRun is a run by its name and what it came to.
type JudgedRun struct {
	Name    string
	Verdict *verdict.Verdict
}

// question is what a control asks, in every run anew.
type question struct {
	arm    string
	kind   comparison.Kind
	metric metric.Name
}

func (q question) String() string { return fmt.Sprintf("%s, %s of %s", q.arm, q.kind, q.metric) }

// ControlLog is what the controls of several runs showed, as a Markdown table
// with a line a run, and below it how often each held. One run's controls can be
// lucky; of many 95% intervals of no effect, 95% should cover it.
func ControlLog(w io.Writer, runs []JudgedRun) error {
	b := &errWriter{w: printable.Writer(w)}
	questions := controlQuestions(runs)
	b.row(append([]string{"run"}, texts(questions)...))
	b.row(append([]string{"---"}, slices.Repeat([]string{"---:"}, len(questions))...))
	for _, r := range runs {
		cells := []string{r.Name}
		for _, q := range questions {
			cells = append(cells, logCell(r.Verdict, q))
		}
		b.row(cells)
	}
	fmt.Fprintln(b)
	for _, q := range questions {
		fmt.Fprintln(b, "- "+howOften(runs, q))
	}
	return b.err
}

func (e *errWriter) row(cells []string) { fmt.Fprintf(e, "| %s |\n", strings.Join(cells, " | ")) }

func texts(questions []question) (all []string) {
	for _, q := range questions {
		all = append(all, q.String())
	}
	return all
}

// controlQuestions are those of all runs, each once, in the order in which they
// come.
func controlQuestions(runs []JudgedRun) (all []question) {
	seen := map[question]bool{}
	for _, r := range runs {
		for _, c := range r.Verdict.Controls {
			if q := questionOf(c); !seen[q] {
				seen[q] = true
				all = append(all, q)
			}
		}
	}
	return all
}

func questionOf(c verdict.ControlVerdict) question { return question{c.Arm, c.Comparison, c.Metric} }

func controlOf(v *verdict.Verdict, q question) (verdict.ControlVerdict, bool) {
	for _, c := range v.Controls {
		if questionOf(c) == q {
			return c, true
		}
	}
	return verdict.ControlVerdict{}, false
}

// logCell marks what did not come out as it should.
func logCell(v *verdict.Verdict, q question) string {
	c, ok := controlOf(v, q)
	switch {
	case !ok:
		return "not asked"
	case c.Estimate == nil:
		return "**not measured**"
	}
	text := c.ShowEstimate() + " (" + c.ShowInterval() + ")"
	if c.Known != nil {
		text += " of " + c.Show(*c.Known)
	}
	if !cameOut(c) {
		text = "**" + text + "**"
	}
	return text
}

// cameOut says whether NULL's interval covers no effect, or SPIKE was found.
func cameOut(c verdict.ControlVerdict) bool {
	if c.Arm == scenario.NullArm {
		return c.CoversNothing()
	}
	return c.Answer == verdict.Holds
}

func howOften(runs []JudgedRun, q question) string {
	asked, good := 0, 0
	for _, r := range runs {
		if c, ok := controlOf(r.Verdict, q); ok {
			asked++
			if cameOut(c) {
				good++
			}
		}
	}
	if q.arm == scenario.NullArm {
		return fmt.Sprintf("%s: the 95%% interval covers no effect in %d of %s, %.3g expected.", q, good, plural(asked, "run"), 0.95*float64(asked))
	}
	return fmt.Sprintf("%s: found within its band in %d of %s.", q, good, plural(asked, "run"))
}
