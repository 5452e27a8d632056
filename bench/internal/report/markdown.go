package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template"

	"github.com/memproof/memproof/bench/internal/printable"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

//go:embed report.md.tmpl
var reportTemplate string

// reportFile is the page that a person reads.
const reportFile = "report.md"

var page = output{name: reportFile, write: markdown}

var pageTemplate = template.Must(template.New(reportFile).Funcs(template.FuncMap{
	"md": escaped, "para": paragraph,
	"sentence": sentenceOf, "figure": figureOf, "join": strings.Join,
	"more": moreBlocks, "oneSided": oneSided, "instead": insteadOf,
}).Parse(reportTemplate))

// view is what the template prints.
type view struct {
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

	Witnesses []witnessRow

	Attribution *attributionView // nil where none was asked for

	Pictures  []shown
	Basis     string
	Trials    string
	Names     []string // of the variants
	Figures   []row
	Masters   []string // whose children are the workers, where that is not the root process
	Absent    []absence
	Compared  string // what the last column of Blocks is; empty without it
	Blocks    []blockRow
	Footnotes []footnote
	Disturbed []metric.Reason // why trials, or figures of them, do not count
	Notes     []metric.Reason

	Facts []fact
}

// shown is a picture, or why there is none.
type shown struct{ Title, Alt, File, HowTo, Missing string }

// markdown is the text of report.md.
func markdown(m material) ([]byte, error) {
	v := m.verdict
	data := view{
		Scenario: m.run.Scenario, Outcome: v.Outcome, OfVoid: ofVoid(v), WhyVoid: whyVoid(v), BrokenHead: brokenHead(v),
		Answer: answer(v), Claims: v.Claims, Primary: v.Primary(), Secondary: v.Secondary(), Broken: reasonLines(v), Notes: v.Notes,
		Basis: m.basis() + m.discarded(), Trials: plural(len(v.CountedBlocks), "trial"), Names: shownVariants(m.run.Scenario),
		Facts: factsOf(m.run), Pictures: m.pictures,
	}
	if looks := m.run.Scenario.Looks; len(looks) > 0 {
		data.Looks = looksLine(looks, v.Blocks)
	}
	for _, c := range v.Claims {
		data.OneSided = data.OneSided || oneSided(c)
	}
	if !v.Void {
		data.Controls = controlTable(v.Controls)
		data.Attribution = attributionOf(m)
		data.Witnesses = witnessTable(v)
		data.Masters = mastersOf(m)
		data.Footnotes = footnotes(v)
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

// pvalue is the relation and the figure: "= 0.031". Of a small one no more is said
// than that it is.
func pvalue(p *float64) string {
	if *p < 0.0005 {
		return "< 0.001"
	}
	return "= " + strconv.FormatFloat(*p, 'f', 3, 64)
}
