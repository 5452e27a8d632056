package report

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/internal/report/markdown"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/study"
)

// WriteStudy writes verdict.json and report.md of a study into its folder. changed lists
// what differs from the study that it succeeds.
func WriteStudy(s *record.Study, v *study.Verdict, changed []string) error {
	if err := record.WriteJSON(filepath.Join(s.Dir, record.VerdictFile), v); err != nil {
		return err
	}
	page, err := markdown.Study(s, v, changed)
	if err != nil {
		return err
	}
	return files.WriteFile(filepath.Join(s.Dir, "report.md"), page)
}

// ClosingStudy prints the lines of a study on the terminal: its runs, one line a claim,
// and last the answer. The claims are left out if shown says that the study's only answer,
// that of one run, is on the terminal already.
func ClosingStudy(w io.Writer, s *record.Study, v *study.Verdict, shown bool) error {
	return printTables(w, func(w io.Writer) {
		fmt.Fprintf(w, "study %s: %s\n", s.Dir, view.StudyRuns(v))
		if !shown || len(v.Answering()) != 1 {
			for _, c := range v.Claims {
				fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", view.StudyOutcome(c), shortened(view.SentenceOf(c.ClaimVerdict)), view.StudyFigure(c), c.ShowBound())
			}
		}
		for _, note := range v.Notes {
			fmt.Fprintf(w, "  note: %s\n", note)
		}
		fmt.Fprintln(w, view.StudyLine(v))
	})
}
