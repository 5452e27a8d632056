package report

import (
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/internal/printable"
	"github.com/memproof/memproof/bench/internal/report/markdown"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// WriteStudy writes verdict.json and report.md of a study into its folder. changed lists
// what differs from the study that it succeeds.
func WriteStudy(s *record.Study, v *verdict.StudyVerdict, changed []string) error {
	if err := record.WriteJSON(filepath.Join(s.Dir, record.VerdictFile), v); err != nil {
		return err
	}
	page, err := markdown.Study(s, v, changed)
	if err != nil {
		return err
	}
	return files.WriteFile(filepath.Join(s.Dir, "report.md"), page)
}

// ClosingStudy writes the study's lines for the terminal: which runs there are, a line a
// claim, and last the outcome.
func ClosingStudy(w io.Writer, s *record.Study, v *verdict.StudyVerdict) error {
	b := &errWriter{w: printable.Writer(w)}
	fmt.Fprintf(b, "study %s: %s\n", s.Dir, view.StudyRuns(v))
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, c := range v.Claims {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", c.Outcome, shortened(view.SentenceOf(c.ClaimVerdict), closingWidth), view.StudyFigure(c), c.ShowBound())
	}
	t.Flush() // b keeps the error
	fmt.Fprintf(b, "%s as a study: %s\n", v.Outcome, v.Because)
	return b.err
}
