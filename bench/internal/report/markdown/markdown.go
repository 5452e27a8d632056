// Package markdown writes the page of a report that a person reads.
package markdown

import (
	"bytes"
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"text/template"

	"github.com/memproof/memproof/bench/internal/printable"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

//go:embed report.md.tmpl
var source string

const file = "report.md"

// Page is what a person reads.
var Page = view.Output{Name: file, Write: render}

var pageTemplate = template.Must(template.New(file).Funcs(template.FuncMap{
	"md": escaped, "para": paragraph,
	"sentence": view.SentenceOf, "figure": view.FigureOf, "join": strings.Join,
	"more": view.MoreBlocks, "oneSided": view.OneSided, "instead": view.InsteadOf,
}).Parse(source))

// content is what the template prints.
type content struct {
	Scenario           *scenario.Scenario
	Outcome            verdict.Outcome
	OfVoid             string // "a FAILED run" or "an INVALID run", of which no figure counts; empty for any other
	WhyVoid            string
	Answer             string
	Claims             []verdict.ClaimVerdict
	Primary, Secondary []verdict.ClaimVerdict // of them
	OneSided           bool                   // a claim has an interval of two one-sided bounds
	Looks              string                 // what several looks do to the intervals; empty for one
	BrokenHead         string
	Broken             []string
	Controls           []controlRow

	Replications []view.ReplicationRow

	Attribution *view.Attribution // nil where none was asked for

	Pictures  []view.Picture
	Basis     string
	Trials    string
	Names     []string // of the variants
	Figures   []row
	Masters   []string // whose children are the workers, where that is not the root process
	Absent    []absence
	Compared  string // what the last column of Blocks is; empty without it
	Blocks    []blockRow
	Footnotes []view.Footnote
	Disturbed []metric.Reason // why trials, or figures of them, do not count
	Notes     []metric.Reason

	Facts []view.Fact
}

// render is the text of report.md.
func render(m view.Material) ([]byte, error) {
	v := m.Verdict
	data := content{
		Scenario: m.Run.Scenario, Outcome: v.Outcome, OfVoid: view.OfVoid(v), WhyVoid: view.WhyVoid(v), BrokenHead: view.BrokenHead(v),
		Answer: view.Answer(v), Claims: v.Claims, Primary: v.Primary(), Secondary: v.Secondary(), Broken: view.ReasonLines(v), Notes: v.Notes,
		Basis: m.Basis() + m.Discarded(), Trials: view.Plural(len(v.CountedBlocks), "trial"), Names: view.ShownVariants(m.Run.Scenario),
		Facts: view.FactsOf(m.Run), Pictures: m.Pictures,
	}
	if looks := m.Run.Scenario.InterimAnalyses; len(looks) > 0 {
		data.Looks = view.LooksLine(looks, v.Blocks)
	}
	for _, c := range v.Claims {
		data.OneSided = data.OneSided || view.OneSided(c)
	}
	if !v.Void {
		data.Controls = controlTable(v.Controls)
		data.Attribution = view.AttributionOf(m)
		data.Replications = view.ReplicationTable(v)
		data.Masters = view.MastersOf(m)
		data.Footnotes = view.Footnotes(v)
		data.Disturbed = v.Disturbed
	}
	if len(v.CountedBlocks) > 0 {
		data.Figures, data.Absent = figureTable(m)
	}
	data.Compared, data.Blocks = blockTable(m)
	var out bytes.Buffer
	err := pageTemplate.Execute(&out, data)
	return out.Bytes(), err
}

// markup are the characters that Markdown may take for markup, and the bar
// that would end a table's cell. The rest is left as it is, for the page is
// read as plain text too.
var markup = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`,
	`~`, `\~`, `|`, `\|`, `$`, `\$`, `&`, "&amp;", `<`, "&lt;", `>`, "&gt;",
)

// escaped is text as it stands, on one line, wherever it is put in Markdown.
func escaped(text any) string {
	var s string
	switch t := text.(type) {
	case string:
		s = t
	case fmt.Stringer:
		s = t.String()
	case metric.Name:
		s = string(t)
	}
	return markup.Replace(printable.Line(s))
}

// paragraph escapes a text and keeps its lines. None may begin a heading, a list or
// a rule.
func paragraph(text string) string {
	lines := strings.Split(strings.TrimSpace(printable.Text(text)), "\n")
	for i, l := range lines {
		lines[i] = lineStart.ReplaceAllString(escaped(l), `$1\$2`)
	}
	return strings.Join(lines, "\n")
}

// lineStart is what makes a line more than text.
var lineStart = regexp.MustCompile(`^([0-9]{0,9})([-+#=.)])`)
