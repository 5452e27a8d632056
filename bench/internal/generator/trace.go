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

// ReadTrace reads a recorded trace: a plain one, see [scenario.ReadTrace], or a
// result file of vegeta's in any of its encodings. Of those the times are
// taken, from the first on; which target a hit gets is drawn by weight.
func ReadTrace(r io.Reader) (load.Trace, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	decode := vegeta.DecoderFor(bytes.NewReader(text))
	if decode == nil {
		return load.ReadTrace(bytes.NewReader(text))
	}
	return readResults(decode)
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
	first := slices.MinFunc(times, time.Time.Compare) // the decoder was chosen by reading one
	trace := make(load.Trace, len(times))
	for i, t := range times {
		trace[i].At = t.Sub(first)
	}
	trace.Sort()
	return trace, nil
}
