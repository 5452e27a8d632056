package generator

import (
	"bytes"
	"io"

	"github.com/memproof/memproof/bench/scenario/load"
)

// traceFormats is the table of formats of a recorded trace.
var traceFormats = []format[func(text []byte) (load.Trace, error)]{resultsTrace, plainTrace}

// ReadTrace reads a recorded trace in one of [traceFormats].
func ReadTrace(r io.Reader) (load.Trace, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	f := formatOf(traceFormats, text)
	trace, err := f.read(text)
	return trace, f.as(err)
}

// plainTrace is the format of [load.ReadTrace] and of a run directory.
var plainTrace = format[func([]byte) (load.Trace, error)]{
	name: "lines of offset_seconds[,target]",
	is:   anyText,
	read: func(text []byte) (load.Trace, error) { return load.ReadTrace(bytes.NewReader(text)) },
}
