package load

import (
	"fmt"
	"io"
	"net/http"
	"path"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/memproof/memproof/bench"
)

// WriteResults writes the hits of trials as a result file of vegeta's, in the
// encoding that the file's name asks for: .json, .csv, else gob. Each trial is
// an attack by the name of its label, so that vegeta plot draws a line for each.
//
// A result's timestamp is the hit's intended time and its latency the response
// time from then, so vegeta's figures count the wait for a generator that had no
// worker free; those of its own attacks do not. The URL is the target's path as
// the scenario writes it, templates and all.
func WriteResults(w io.Writer, name string, mix []bench.Target, trials []*bench.Trial) (hits int, err error) {
	encode := encoderFor(w, name)
	for _, t := range trials {
		began := t.Load.Began
		err := t.Hits(func(h bench.Hit) error {
			if h.Target >= len(mix) {
				return fmt.Errorf("hit %d has target %d, the scenario has %d", h.Seq, h.Target, len(mix))
			}
			hits++
			return encode(result(h, t.Label(), began, mix[h.Target]))
		})
		if err != nil {
			return hits, fmt.Errorf("%s: %w", t.Label(), err)
		}
	}
	return hits, nil
}

func encoderFor(w io.Writer, name string) vegeta.Encoder {
	switch path.Ext(name) {
	case ".json":
		return vegeta.NewJSONEncoder(w)
	case ".csv":
		return vegeta.NewCSVEncoder(w)
	default:
		return vegeta.NewEncoder(w)
	}
}

func result(h bench.Hit, attack string, began time.Time, t bench.Target) *vegeta.Result {
	r := &vegeta.Result{
		Attack: attack, Seq: h.Seq, Code: uint16(h.Status), Error: h.Error,
		Timestamp: began.Add(h.Intended), Latency: h.ResponseTime(), BytesIn: uint64(h.BytesIn),
		Method: t.Method, URL: t.Path,
	}
	if h.Error == "" && (h.Status < 200 || h.Status >= 400) {
		r.Error = fmt.Sprintf("%d %s", h.Status, http.StatusText(h.Status)) // as vegeta has it
	}
	return r
}
