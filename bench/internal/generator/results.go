package generator

import (
	"fmt"
	"io"
	"net/http"
	"path"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// WriteResults writes the hits of trials as a result file of vegeta, in the encoding of
// the file's name: .json, .csv, else gob. Each trial is an attack named after its label,
// so vegeta plot draws a line for each.
//
// A result has the hit's intended time, and [metric.Hit.Waited] as its latency, so
// vegeta's quantiles are the report's: a failed hit waits its whole time-out, and the
// wait for a free worker counts. Vegeta's own attacks count neither.
//
// To vegeta the codes 200 to 399 are success. A hit with a broken response has the code
// 0, as in vegeta's own results; a 3xx keeps its code and has an error, but vegeta counts
// it as success and the report does not. The URL is the path of the scenario, with its
// templates.
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
