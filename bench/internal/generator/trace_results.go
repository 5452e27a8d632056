package generator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/scenario/load"
	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// resultsTrace is a result file of vegeta's in any of its encodings. The times are
// taken, from the first on; which target a hit gets is drawn by weight.
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
	first := slices.MinFunc(times, time.Time.Compare) // the format is told by reading one
	trace := make(load.Trace, len(times))
	for i, t := range times {
		trace[i].At = t.Sub(first)
	}
	trace.Sort()
	return trace, nil
}
