package input

import (
	"bytes"

	"github.com/memproof/memproof/bench/scenario/load"
)

// readFile reads a file that an input names.
type readFile func(name string) ([]byte, error)

// targetFormats is the table of formats of a list of requests.
var targetFormats = []format[func(text []byte, read readFile) ([]load.Target, error)]{targetsJSON, targetsHTTP}

// ReadTargets reads a list of requests in one of [targetFormats]; it fits
// [scenario.Inputs.Targets]. It calls read for a file that the list names. An error
// names the line.
func ReadTargets(text []byte, read func(name string) ([]byte, error)) ([]load.Target, error) {
	text = load.WithoutMark(text)
	f := formatOf(targetFormats, text)
	all, err := f.read(text, read)
	return all, f.as(err)
}

// targetsJSON is a format of vegeta, and the format of a run directory.
var targetsJSON = format[func([]byte, readFile) ([]load.Target, error)]{
	name: "a JSON object a line",
	is:   func(text []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) },
	read: func(text []byte, _ readFile) ([]load.Target, error) { return load.ReadJSONTargets(text) },
}
