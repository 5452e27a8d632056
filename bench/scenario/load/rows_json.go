package load

import "encoding/json"

var jsonFormat = rowFormat{ends: []string{".jsonl", ".ndjson"}, with: "an object a line", read: jsonRows}

func jsonRows(text []byte) (rows []Row, err error) {
	err = EachLine(text, func(line []byte) error {
		var row Row
		err := json.Unmarshal(line, &row)
		rows = append(rows, row)
		return err
	})
	return rows, err
}
