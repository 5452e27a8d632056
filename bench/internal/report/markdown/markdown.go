// Package markdown writes the page of a report.
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
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

//go:embed report.md.tmpl
var source string

const file = "report.md"

// Page is the report for people.
var Page = view.Output{Name: file, Write: render}

var pageTemplate = template.Must(template.New(file).Funcs(template.FuncMap{
	"md": escaped, "para": paragraph, "join": strings.Join,
	"sentence": view.SentenceOf, "figure": view.FigureOf,
	"more": view.MoreBlocks, "noEffect": view.NoEffect,
}).Parse(source))

// content is what the template prints.
type content struct {
	Scenario           *scenario.Scenario
	OlderFormat        int // of a run that an earlier version measured; 0 for any other
	Outcome            verdict.Outcome
	Void               view.Void
	Answer             string
	Remarks            []string     // below the answer
	Depends            view.Depends // what the answers depend on
	Claims             []verdict.ClaimVerdict
	Primary, Secondary []verdict.ClaimVerdict
	Calibrated         []verdict.ClaimVerdict
	Intervals          string // what the intervals are
	Reasons            []string
	Controls           []controlRow
	Replications       []view.ReplicationRow
	Attribution        *view.Attribution // nil if the scenario does not ask for it
	Pictures           []view.Picture
	Basis              string
	Trials             string
	Names              []string // of the variants
	Figures            []row
	Masters            []string
	Absent             view.Groups
	Compared           string // the last column of Blocks; empty without it
	Blocks             []blockRow
	Footnotes          view.Groups
	Disturbed          []metric.Reason // why trials, or figures of them, do not count
	Notes              []metric.Reason
	Facts              []view.Fact
}

// render is the text of report.md.
func render(m view.Material) ([]byte, error) {
	v := m.Verdict
	data := content{
		Scenario: m.Run.Scenario, Outcome: v.Outcome, Void: view.VoidOf(v),
		Answer: view.Answer(v), Claims: v.Claims, Primary: v.Primary(), Secondary: v.Secondary(), Calibrated: v.Calibrated(),
		Remarks:   view.Remarks(v),
		Intervals: view.IntervalLine(m.Run.Scenario.Analyses(), v.Blocks), Reasons: view.ReasonLines(v), Notes: v.Notes,
		Basis: m.Basis() + m.Discarded(), Trials: view.Plural(len(v.CountedBlocks), "trial"),
		Names: view.ShownVariants(m.Run.Scenario), Facts: append(view.FactsOf(m.Run), view.StartedFact(v)...), Pictures: m.Pictures,
	}
	if format := m.Run.Meta.Format; format < record.RunFormat {
		data.OlderFormat = format
	}
	if !v.Void {
		data.Depends = view.DependsOf(m)
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

// markup escapes the characters that Markdown may take for markup, and the bar that
// would end a cell. It leaves the rest alone: people read the page as plain text too.
var markup = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`,
	`~`, `\~`, `|`, `\|`, `$`, `\$`, `&`, "&amp;", `<`, "&lt;", `>`, "&gt;",
)

// escaped is a text on one line, without markup.
func escaped(text any) string { return markup.Replace(printable.Line(fmt.Sprint(text))) }

// paragraph escapes a text and keeps its lines. No line may begin a heading, a list or a
// rule.
func paragraph(text string) string {
	lines := strings.Split(strings.TrimSpace(printable.Text(text)), "\n")
	for i, l := range lines {
		lines[i] = lineStart.ReplaceAllString(escaped(l), `$1\$2`)
	}
	return strings.Join(lines, "\n")
}

var lineStart = regexp.MustCompile(`^([0-9]{0,9})([-+#=.)])`)
