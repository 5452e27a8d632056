package report

import (
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// Write makes the report beside the run's raw data: see [outputs]. A picture that
// can't be drawn, for want of the figures it needs, is replaced in the page by a line
// that says why; an error is of reading or writing.
func Write(run *record.Run, v *verdict.Verdict) error {
	return write(outputs, view.Of(run, v))
}
