package generator

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
	"github.com/tsenart/vegeta/v12/lib/plot"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// resultsYAML has a load of 100 requests, all of them in the window.
const resultsYAML = `
name: results
variants: [{name: before, build: ./b}]
load:
  target: {path: /, timeout: 2s}
  phases: [{name: window, rate: 100/s, for: 1s, measure: true}]
  max_errors: 100%
blocks: 2
`

// exportedHits are a hundred of which the last ten failed fast, in five ways.
func exportedHits() (hits []metric.Hit) {
	failures := []metric.Hit{
		{Status: 503}, {Status: 302}, {Error: "connection refused"}, {Status: 200, Error: "unexpected EOF"}, {Status: 404},
	}
	for i := range 100 {
		h := metric.Hit{Seq: uint64(i), Intended: time.Duration(i) * 10 * time.Millisecond, Status: 200, BytesIn: 5}
		if i >= 90 {
			f := failures[i%len(failures)]
			h.Status, h.Error = f.Status, f.Error
		}
		h.Sent = h.Intended
		h.Done = h.Sent + time.Duration(1+i%7)*time.Millisecond
		hits = append(hits, h)
	}
	return hits
}

// writtenTrial is a trial with those hits, read from a run directory.
func writtenTrial(t *testing.T, hits []metric.Hit) (*record.Run, *record.Trial) {
	t.Helper()
	run, err := record.CreateRun(t.TempDir(), []byte(resultsYAML), record.Meta{})
	must(t, err)
	dir := filepath.Join(run.Dir, "trials", "b01-1-before")
	must(t, os.MkdirAll(dir, 0o755))
	w, err := record.CreateHits(filepath.Join(dir, "hits.csv.gz"))
	must(t, err)
	for _, h := range hits {
		must(t, w.Write(h))
	}
	must(t, w.Close())
	text, err := json.Marshal(record.Trial{Block: 1, Position: 1, Variant: "before", Load: record.LoadReport{Began: time.Unix(1e9, 0)}})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "trial.json"), text, 0o644))
	run, err = record.OpenRun(run.Dir)
	must(t, err)
	return run, run.Trials[0]
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestExportWaitsAsTheReportDoes: in every encoding a hit has the wait by which the
// tables and pictures count it, and nothing that failed lacks an error.
func TestExportWaitsAsTheReportDoes(t *testing.T) {
	t.Parallel()
	hits := exportedHits()
	run, trial := writtenTrial(t, hits)
	for _, name := range []string{"r.gob", "r.json", "r.csv"} {
		var file bytes.Buffer
		_, err := WriteResults(&file, name, run.Scenario.Load.Mix(), []*record.Trial{trial})
		must(t, err)
		results := decodedResults(t, &file)
		if len(results) != len(hits) {
			t.Fatalf("%s holds %d results, want %d", name, len(results), len(hits))
		}
		var waits []time.Duration
		for i, r := range results {
			h := hits[i]
			if want := h.Waited(2 * time.Second); r.Latency != want {
				t.Errorf("%s: hit %d waits %s, want %s", name, i, r.Latency, want)
			}
			if (r.Error == "") != h.OK() || (h.Error != "") != (r.Code == 0) {
				t.Errorf("%s: hit %d, %+v, became code %d, error %q", name, i, h, r.Code, r.Error)
			}
			waits = append(waits, r.Latency)
		}
		slices.Sort(waits)
		if waits[90] != 2*time.Second {
			t.Errorf("%s: the first failed hit waits %s, want its time-out", name, waits[90])
		}
	}
}

func decodedResults(t *testing.T, file io.Reader) (all []vegeta.Result) {
	t.Helper()
	decode := vegeta.DecoderFor(file)
	for {
		var r vegeta.Result
		if err := decode(&r); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
}

// TestVegetaReadsOurRuns: its report and its plot, with the reference run.
func TestVegetaReadsOurRuns(t *testing.T) {
	run, err := record.OpenRun("../../../reports/reference")
	if err != nil {
		t.Fatal(err)
	}
	trials := run.Trials[:2]
	var sum time.Duration
	var want uint64
	for _, tr := range trials {
		if err := tr.Hits(func(h metric.Hit) error { want++; sum += h.ResponseTime(); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"r.gob", "r.json", "r.csv"} {
		t.Run(name, func(t *testing.T) {
			var file bytes.Buffer
			n, err := WriteResults(&file, name, run.Scenario.Load.Mix(), trials)
			if err != nil || uint64(n) != want {
				t.Fatalf("%d hits were written, error %v; want %d", n, err, want)
			}
			var m vegeta.Metrics
			p := plot.New()
			decode := vegeta.DecoderFor(&file)
			var r vegeta.Result
			for err = decode(&r); err == nil; err = decode(&r) {
				m.Add(&r)
				if err := p.Add(&r); err != nil {
					t.Fatal(err)
				}
				r = vegeta.Result{}
			}
			m.Close()
			p.Close()
			if err != io.EOF || m.Requests != want || m.Success != 1 || m.Latencies.Mean != sum/time.Duration(want) {
				t.Errorf("vegeta reports %d requests, success %g, mean %v, error %v; want %d, 1, %v, EOF",
					m.Requests, m.Success, m.Latencies.Mean, err, want, sum/time.Duration(want))
			}
			var page bytes.Buffer
			if _, err := p.WriteTo(&page); err != nil {
				t.Fatal(err)
			}
			for _, tr := range trials {
				if !strings.Contains(page.String(), tr.Label()) {
					t.Errorf("the plot has no line for %s", tr.Label())
				}
			}
		})
	}
}
