package generator

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario/load"
	vegeta "github.com/tsenart/vegeta/v12/lib"
	"github.com/tsenart/vegeta/v12/lib/plot"
)

// encoded is a few results, out of order, in an encoding of vegeta's.
func encoded(t testing.TB, encoder func(io.Writer) vegeta.Encoder) string {
	t.Helper()
	var b bytes.Buffer
	encode := encoder(&b)
	epoch := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, ms := range []int{500, 0, 1250} {
		r := vegeta.Result{Seq: uint64(ms), Code: 200, Timestamp: epoch.Add(time.Duration(ms) * time.Millisecond), Latency: 1, Method: "GET", URL: "/"}
		if err := encode(&r); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestReadTraceReadsAllEncodings(t *testing.T) {
	want := load.Trace{{At: 0}, {At: 500 * time.Millisecond}, {At: 1250 * time.Millisecond}}
	for name, text := range map[string]string{
		"gob": encoded(t, vegeta.NewEncoder), "JSON": encoded(t, vegeta.NewJSONEncoder), "CSV": encoded(t, vegeta.NewCSVEncoder),
		"plain": "offset_seconds,target\n# half a second\n0.5,\n\n0\n1.25\n",
	} {
		if got, err := ReadTrace(strings.NewReader(text)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: read %v, error %v; want %v", name, got, err, want)
		}
	}
	cut := encoded(t, vegeta.NewEncoder)
	if _, err := ReadTrace(strings.NewReader(cut[:len(cut)-5])); err == nil || !strings.Contains(err.Error(), "result 3") {
		t.Errorf("a file cut short: error %v does not name result 3", err)
	}
	if _, err := ReadTrace(strings.NewReader("0\nsoon\n")); err == nil || !strings.Contains(err.Error(), `line 2: "soon" is not an offset`) {
		t.Errorf("no number: error %v", err)
	}
}

func FuzzReadTrace(f *testing.F) {
	f.Add("0.5,a\n1\n")
	f.Add(encoded(f, vegeta.NewEncoder))
	f.Add(encoded(f, vegeta.NewJSONEncoder))
	f.Add(encoded(f, vegeta.NewCSVEncoder))
	f.Fuzz(func(t *testing.T, text string) {
		trace, err := ReadTrace(strings.NewReader(text))
		if (len(trace) == 0) == (err == nil) {
			t.Errorf("%d arrivals with error %v", len(trace), err)
		}
		for i := 1; i < len(trace); i++ {
			if trace[i].At < trace[i-1].At || trace[0].At < 0 {
				t.Fatalf("out of order: %v after %v", trace[i], trace[i-1])
			}
		}
	})
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
