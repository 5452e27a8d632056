package report

import (
	"bufio"
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/internal/report/reporttest"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

var instrumentHits = flag.Int("instrument-hits", 10_000_000, "hits of the run that is judged")

// BenchmarkInstrumentVerdict judges a run of ten million hits and draws its
// report: to take less than 20 s and 500 MB.
func BenchmarkInstrumentVerdict(b *testing.B) {
	run := largeRun(b)
	resetPeak(b)
	began := time.Now()
	for range b.N {
		v, err := verdict.Judge(run)
		if err != nil {
			b.Fatal(err)
		}
		if err := Write(run, v); err != nil {
			b.Fatal(err)
		}
		if v.Outcome == verdict.Invalid {
			b.Fatal(v.Reasons)
		}
	}
	b.ReportMetric(time.Since(began).Seconds()/float64(b.N), "s")
	b.ReportMetric(peak(b)/1e6, "MB-peak")
	b.ReportMetric(0, "ns/op") // says nothing here
}

// largeRun is one of six blocks with a window as long as it takes.
func largeRun(b *testing.B) *record.Run {
	b.Helper()
	s := reporttest.Small()
	perTrial := *instrumentHits / 6 / 4
	s.YAML = strings.Replace(s.YAML, "rate: 50/s, for: 4s", "rate: 2000/s, for: "+strconv.Itoa(perTrial/2000)+"s", 1)
	return s.Write(b, b.TempDir())
}

// resetPeak sets the peak of the resident set back to what it is now: see
// proc_pid_clear_refs(5).
func resetPeak(b *testing.B) {
	b.Helper()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		b.Fatal(err)
	}
}

// peak is VmHWM in bytes.
func peak(b *testing.B) float64 {
	b.Helper()
	f, err := os.Open("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(text)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb * 1024
		}
	}
	b.Fatal("no VmHWM")
	return 0
}
