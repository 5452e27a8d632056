package load

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
)

var csvFormat = rowFormat{ends: []string{".csv"}, with: "a header", read: csvRows}

func csvRows(text []byte) ([]Row, error) {
	lines, err := csv.NewReader(bytes.NewReader(WithoutMark(text))).ReadAll()
	if err != nil || len(lines) == 0 {
		return nil, err // it names the line
	}
	head := lines[0]
	for i, column := range head {
		if column == "" || slices.Contains(head[:i], column) {
			return nil, fmt.Errorf("line 1: column %d has the name %q: give each column a name of its own", i+1, column)
		}
	}
	rows := make([]Row, len(lines)-1)
	for i, fields := range lines[1:] {
		rows[i] = make(Row, len(head))
		for j, column := range head {
			rows[i][column] = fields[j]
		}
	}
	return rows, nil
}
