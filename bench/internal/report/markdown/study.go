package markdown

import (
	"bytes"
	_ "embed"
	"fmt"
	"path/filepath"
	"text/template"
	"time"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/study"
)

//go:embed study.md.tmpl
var studySource string

var studyTemplate = template.Must(template.New("study").Funcs(template.FuncMap{
	"md": escaped, "figure": view.FigureOf, "outcome": view.StudyOutcome, "overRuns": view.StudyFigureOverRuns,
}).Parse(studySource))

// startRow is a line of the table of runs.
type startRow struct {
	Number         int
	Folder         string // empty where it is gone
	Began, Outcome string
	Seed           uint64
}

// Study returns the page of a study. changed lists what differs from the study that it
// succeeds.
func Study(s *record.Study, v *study.Verdict, changed []string) ([]byte, error) {
	data := struct {
		Name, Title, Line     string
		Runs, Succeeds, Level string
		Verdict               *study.Verdict
		Changed               []string
		Starts                []startRow
	}{v.Scenario, view.StudyTitle(v), view.StudyLine(v), view.StudyRuns(v), s.Succeeds, fmt.Sprintf("%.4g%%", 100*study.Level), v, changed, nil}
	for i, r := range v.Runs {
		start := s.Starts[i]
		row := startRow{Number: r.Number, Began: start.At.Format(time.DateTime), Seed: start.Seed, Outcome: string(r.Outcome)}
		if r.Missing != "" {
			row.Outcome = r.Missing
		}
		if !start.Deleted {
			row.Folder = filepath.Base(s.RunDir(r.Number))
		}
		data.Starts = append(data.Starts, row)
	}
	var out bytes.Buffer
	err := studyTemplate.Execute(&out, data)
	return out.Bytes(), err
}
