package view

import "github.com/memproof/memproof/bench/scenario"

// Output is a file of the report.
type Output struct {
	Name string // in the run directory
	// Write makes the file's text. A [NotMade] error says why this run has none; the
	// file of an earlier report is then removed.
	Write   func(Material) ([]byte, error)
	Only    func(*scenario.Scenario) bool // selects the scenarios that have it; nil: all
	Caption *Caption                      // of a picture; nil for another file
}

// Caption is the text of a picture on the page.
type Caption struct{ Title, Alt, HowTo string }

// Picture is a picture on the page, or the reason why there is none.
type Picture struct {
	Caption
	File    string
	Missing NotMade
}

// NotMade is the reason why a run lacks a file.
type NotMade string

// Error implements error.
func (n NotMade) Error() string { return string(n) }
