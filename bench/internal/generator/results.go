package generator

import (
	"fmt"
	"io"
	"net/http"
	"path"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// WriteResults writes the hits of trials as a result file of vegeta, in the encoding of
// the file's name: .json, .csv, else gob. Each trial is an attack named after its label,
// so vegeta plot draws a line for each.
//
// A result's timestamp is the hit's intended time and its latency is
// [metric.Hit.Waited] from then, so vegeta's quantiles are those of the report: a
// failed hit waits its whole time-out, and the wait for a generator that had no
// worker free counts. Vegeta's own attacks count neither. The format has no place
// for when the failure came.
//
// Vegeta tells success by the code alone, 200 to 399. A hit whose answer broke off
// has the code 0, as in vegeta's own results; a 3xx keeps its code, has an error
// and is a success to vegeta, though not to the report. The URL is the target's
// path as the scenario writes it, templates and all.
func WriteResults(w io.Writer, name string, mix []load.Target, trials []*record.Trial) (hits int, err error) {
	encoder, ok := encoders[path.Ext(name)]
	if !ok {
		encoder = vegeta.NewEncoder
	}
	encode := encoder(w)
	for _, t := range trials {
		began := t.Load.Began
		err := t.Hits(func(h metric.Hit) error {
			asked, err := scenario.Asked(h, mix)
			if err != nil {
				return err
			}
			hits++
			return encode(result(h, t.Label(), began, asked))
		})
		if err != nil {
			return hits, fmt.Errorf("%s: %w", t.Label(), err)
		}
	}
	return hits, nil
}

// encoders are vegeta's by the extension of the file; else it is gob.
var encoders = map[string]func(io.Writer) vegeta.Encoder{".json": vegeta.NewJSONEncoder, ".csv": vegeta.NewCSVEncoder}

func result(h metric.Hit, attack string, began time.Time, t *load.Target) *vegeta.Result {
	r := &vegeta.Result{
		Attack: attack, Seq: h.Seq, Code: uint16(h.Status), Error: h.Error,
		Timestamp: began.Add(h.Intended), Latency: h.Waited(t.Timeout), BytesIn: uint64(h.BytesIn),
		Method: t.Method, URL: t.Path,
	}
	switch {
	case h.Error != "":
		r.Code = 0
	case !h.OK():
		r.Error = fmt.Sprintf("%d %s", h.Status, http.StatusText(h.Status)) // as vegeta writes it
	}
	return r
}
