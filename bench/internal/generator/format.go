package generator

import (
	"fmt"
	"slices"
)

// format is one way in which an input is written: a line of the table of its kind of
// input, with R to read it. Each stands in a file with what reads it.
type format[R any] struct {
	name string                 // in messages
	is   func(text []byte) bool // told by how the text begins
	read R
}

// anyText is of the last format of a table.
func anyText([]byte) bool { return true }

// formatOf is the first format that the text may be of.
func formatOf[R any](table []format[R], text []byte) format[R] {
	return table[slices.IndexFunc(table, func(f format[R]) bool { return f.is(text) })]
}

// as says which format a text was taken for, since another may be meant.
func (f format[R]) as(err error) error {
	if err != nil {
		return fmt.Errorf("%w (read as %s)", err, f.name)
	}
	return nil
}
