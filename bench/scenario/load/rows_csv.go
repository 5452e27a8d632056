package load

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
)

var csvFormat = rowFormat{ends: []string{".csv"}, with: "a header", read: csvRows}

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
			return nil, fmt.Errorf("line 1: column %d has the name %q: give each column a name of its own", i+1, column)
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
