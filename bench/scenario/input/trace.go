package input

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

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
	read: func(text []byte) (load.Trace, error) { return load.ReadTrace(bytes.NewReader(text)) },
}

// resultsTrace is a result file of vegeta in any of its encodings. Only the times count,
// from the first on; the target of a hit is drawn by weight.
var resultsTrace = format[func([]byte) (load.Trace, error)]{
	name: "results of vegeta",
	is:   func(text []byte) bool { return vegeta.DecoderFor(bytes.NewReader(text)) != nil },
	read: func(text []byte) (load.Trace, error) { return readResults(vegeta.DecoderFor(bytes.NewReader(text))) },
}

func readResults(decode vegeta.Decoder) (load.Trace, error) {
	var times []time.Time
	for {
		var res vegeta.Result
		if err := decode(&res); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("result %d: %w", len(times)+1, err)
		}
		times = append(times, res.Timestamp)
	}
	first := slices.MinFunc(times, time.Time.Compare) // there is one: vegeta detects the format by reading it
	trace := make(load.Trace, len(times))
	for i, t := range times {
		trace[i].At = t.Sub(first)
	}
	trace.Sort()
	return trace, nil
}
