package input

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/memproof/memproof/bench/scenario/load"
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
