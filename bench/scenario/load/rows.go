package load

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Row is one row of a data file by column.
type Row map[string]any

// rowFormat is one format of a data file. Each has a file of its own with its reader.
type rowFormat struct {
	ends []string // endings of the files' names, the usual one first
	with string   // the content of such a file, in words
	read func(text []byte) ([]Row, error)
}

// rowFormats is the table of formats of a data file.
var rowFormats = []rowFormat{csvFormat, jsonFormat}

// ParseRows reads a data file in the format of [rowFormats] that its name selects.
func ParseRows(name string, text []byte) ([]Row, error) {
	var known []string
	for _, f := range rowFormats {
		if slices.Contains(f.ends, path.Ext(name)) {
			rows, err := f.read(text)
			if err == nil && len(rows) == 0 {
				err = errors.New("has no rows")
			}
			return rows, err
		}
		known = append(known, f.ends[0]+", with "+f.with)
	}
	return nil, fmt.Errorf("want a file that ends in %s", strings.Join(known, ", or "))
}

// EachLine calls do for each line that is not empty. An error names the line.
func EachLine(text []byte, do func(line []byte) error) error {
	n := 0
	for line := range bytes.Lines(WithoutMark(text)) {
		n++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := do(line); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return nil
}

// WithoutMark removes the byte order mark that spreadsheets and Windows editors put
// before UTF-8.
func WithoutMark(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\ufeff")) }
