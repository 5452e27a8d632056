package load

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
)

// Row is one row of a data file by column.
type Row map[string]any

// ParseRows reads a CSV file with a header, or a JSON object a line.
func ParseRows(name string, text []byte) (rows []Row, err error) {
	switch path.Ext(name) {
	case ".csv":
		rows, err = csvRows(text)
	case ".jsonl", ".ndjson":
		rows, err = jsonRows(text)
	default:
		return nil, fmt.Errorf("%s: want a file that ends in .csv, with a header, or .jsonl, with an object a line", name)
	}
	if err == nil && len(rows) == 0 {
		err = errors.New("it holds no row")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return rows, nil
}

func csvRows(text []byte) ([]Row, error) {
	r := csv.NewReader(bytes.NewReader(WithoutMark(text)))
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for i, column := range head {
		if column == "" || slices.Contains(head[:i], column) {
			return nil, fmt.Errorf("line 1: column %d is called %q: give each column a name of its own", i+1, column)
		}
	}
	var rows []Row
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err // it names the line
		}
		row := make(Row, len(head))
		for i, column := range head {
			row[column] = fields[i]
		}
		rows = append(rows, row)
	}
}

func jsonRows(text []byte) (rows []Row, err error) {
	err = EachLine(text, func(line []byte) error {
		var row Row
		err := json.Unmarshal(line, &row)
		rows = append(rows, row)
		return err
	})
	return rows, err
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

// WithoutMark takes off the byte order mark that spreadsheets and Windows' editors
// put before UTF-8.
func WithoutMark(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\ufeff")) }
