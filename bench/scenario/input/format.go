package input

import (
	"fmt"
	"slices"
)

// format is one format of an input: a line of the table of its kind of input. R reads
// the text.
type format[R any] struct {
	name string                 // in messages
	is   func(text []byte) bool // by the beginning of the text; nil: any text
	read R
}

// formatOf returns the first format that fits the text.
func formatOf[R any](table []format[R], text []byte) format[R] {
	return table[slices.IndexFunc(table, func(f format[R]) bool { return f.is == nil || f.is(text) })]
}

// as names the format in an error, since the user may have meant another.
func (f format[R]) as(err error) error {
	if err != nil {
		return fmt.Errorf("%w (read as %s)", err, f.name)
	}
	return nil
}
