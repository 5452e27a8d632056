package view

import (
	"errors"

	"github.com/memproof/memproof/bench/scenario"
)

// Output is a file of the report.
type Output struct {
	Name string // in the run directory
	// Write makes the file's text. A [NotMade] error says why this run has none; the
	// file of an earlier report is then removed.
	Write   func(Material) ([]byte, error)
	Only    func(*scenario.Scenario) bool // of which scenarios it is; nil: of all
	Caption *Caption                      // of a picture; nil for another file
}

// Caption is what the page says of a picture.
type Caption struct{ Title, Alt, HowTo string }

// Picture is a picture, or why there is none.
type Picture struct{ Title, Alt, File, HowTo, Missing string }

// NotMade says why a file can't be made. The page prints it in a picture's place.
type NotMade string

// Error implements error.
func (n NotMade) Error() string { return string(n) }

// ReasonOf is why a file is missing, where err is no failure but that.
func ReasonOf(err error) (string, bool) {
	var n NotMade
	ok := errors.As(err, &n)
	return string(n), ok
}
