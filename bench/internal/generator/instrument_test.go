package generator

import (
	"context"
	"encoding/gob"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/memproof/memproof/bench/internal/ostime"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

var (
	instrumentHits   = flag.Uint64("instrument-hits", 10_000_000, "hits of the memory benchmark")
	instrumentRounds = flag.Int("instrument-rounds", 3, "rounds of the generators against each other")
)

// instrumentWorkers is the requests in flight at once, the same for all.
const instrumentWorkers = 64

// BenchmarkInstrument measures the generator itself: how late it sends, how
// fast it can, compared with vegeta's own command and wrk, and the memory it takes. Its
// parts take the time they need, about two minutes on an idle machine.
func BenchmarkInstrument(b *testing.B) {
	url := startServer(b)
	b.Run("lag", func(b *testing.B) { benchmarkLag(b, url) })
	b.Run("rate", func(b *testing.B) { benchmarkRate(b, url) })
	b.Run("memory", benchmarkMemory)
}

// plainAttack asks for / at a constant rate.
func plainAttack(rate float64, d time.Duration) scenario.Attack {
	return scenario.Attack{
		Targets: []load.Target{{Method: "GET", Path: "/", Timeout: 30 * time.Second}},
		Phases:  []load.Phase{{Name: "only", Rate: metric.Rate(rate), For: d}},
		Workers: instrumentWorkers, Seed: 1, KeepAlive: 500 * time.Millisecond,
	}
}

// benchmarkLag is how late hits are sent at 2,000 requests a second.
func benchmarkLag(b *testing.B, url string) {
	w := hitFile(b)
	var lag []time.Duration
	for range b.N {
		report, err := Drive(b.Context(), url, plainAttack(2000, 10*time.Second), func(h metric.Hit) error {
			lag = append(lag, h.Lag())
			return w.Write(h)
		})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(report.CPUSeconds/10, "cores")
	}
	slices.Sort(lag)
	at := func(q float64) float64 { return float64(lag[int(q*float64(len(lag)-1))]) / 1e3 }
	b.ReportMetric(at(0.50), "lag-p50-µs")
	b.ReportMetric(at(0.99), "lag-p99-µs")
	b.ReportMetric(0, "ns/op") // says nothing here
}

// hitFile is the sink of a real run.
func hitFile(b *testing.B) *record.HitWriter {
	b.Helper()
	w, err := record.CreateHits(filepath.Join(b.TempDir(), "hits.csv.gz"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = w.Close() })
	return w
}

// generator attacks at a rate for a time and says how many hits were sent in
// it, and how many of them failed.
type generator func(b *testing.B, url string, rate float64, d time.Duration) (sent, failed float64)

func ours(b *testing.B, url string, rate float64, d time.Duration) (sent, failed float64) {
	b.Helper()
	w := hitFile(b)
	ctx, cancel := context.WithTimeout(b.Context(), d+d/10)
	defer cancel() // no use in sending what is late
	_, err := Drive(ctx, url, plainAttack(rate, d), func(h metric.Hit) error {
		if ctx.Err() != nil {
			return nil // cut off by the end of the measurement
		}
		if h.Sent < d {
			sent++
		}
		if !h.OK() {
			failed++
		}
		return w.Write(h)
	})
	if err != nil && ctx.Err() == nil {
		b.Fatal(err)
	}
	return sent, failed
}

// vegetas is the attacker as vegeta's command makes it, with its file of
// results (vegeta's attack.go at v12.13.0).
func vegetas(b *testing.B, url string, rate float64, d time.Duration) (sent, failed float64) {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "results.bin"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	attacker := vegeta.NewAttacker(
		vegeta.Redirects(vegeta.DefaultRedirects),
		vegeta.Timeout(vegeta.DefaultTimeout),
		vegeta.LocalAddr(net.IPAddr{IP: net.IPv4zero}),
		vegeta.Workers(instrumentWorkers),
		vegeta.MaxWorkers(instrumentWorkers),
		vegeta.KeepAlive(true),
		vegeta.Connections(vegeta.DefaultConnections),
		vegeta.MaxConnections(vegeta.DefaultMaxConnections),
		vegeta.HTTP2(true),
		vegeta.MaxBody(vegeta.DefaultMaxBody),
	)
	encode := gob.NewEncoder(f)
	targets := vegeta.NewStaticTargeter(vegeta.Target{Method: "GET", URL: url})
	for r := range attacker.Attack(targets, vegeta.Rate{Freq: int(rate), Per: time.Second}, d, "") {
		sent++
		if r.Code != http.StatusOK {
			failed++
		}
		if err := encode.Encode(r); err != nil {
			b.Fatal(err)
		}
	}
	return sent, failed
}

// trialTime is how long a rate is held to see whether a generator keeps up.
const trialTime = time.Second

// capacity is the highest rate of a generator.
type capacity struct {
	rate float64 // hits a second that it sustains
	cpu  float64 // seconds of processor time a hit, when asked for too many
}

// capacityOf finds the highest rate at which the generator sends 99.9% in time
// and loses none, to about 3%. It begins with what the generator sends when
// asked for more than it can.
func capacityOf(b *testing.B, g generator, url string) (c capacity) {
	b.Helper()
	cpu := ostime.ProcessCPU()
	sent, _ := g(b, url, 200_000, trialTime)
	c.cpu = (ostime.ProcessCPU() - cpu).Seconds() / sent
	high := sent / trialTime.Seconds() * 1.1
	low := high / 4
	for high/low > 1.03 {
		rate := math.Round(math.Sqrt(low * high))
		if holds(b, g, url, rate) {
			low = rate
		} else {
			high = rate
		}
	}
	c.rate = low
	return c
}

// holds gives a rate three tries: what the generator can do is asked, and one
// hiccup of the machine in a second would answer for it.
func holds(b *testing.B, g generator, url string, rate float64) bool {
	b.Helper()
	for range 3 {
		if sent, failed := g(b, url, rate, trialTime); failed == 0 && sent >= 0.999*rate*trialTime.Seconds() {
			return true
		}
	}
	return false
}

// benchmarkRate sets the generators against each other, in turns: what else the
// machine does meets all of them. The figures are medians over the rounds.
func benchmarkRate(b *testing.B, url string) {
	var own, other, ratio, cpu, otherCPU, wrk, toWrk []float64
	for i := range *instrumentRounds {
		var o, v capacity
		if i%2 == 0 {
			o, v = capacityOf(b, ours, url), capacityOf(b, vegetas, url)
		} else {
			v, o = capacityOf(b, vegetas, url), capacityOf(b, ours, url)
		}
		own, other, ratio = append(own, o.rate), append(other, v.rate), append(ratio, o.rate/v.rate)
		cpu, otherCPU = append(cpu, o.cpu), append(otherCPU, v.cpu)
		if w, ok := wrkRate(b, url); ok {
			wrk, toWrk = append(wrk, w), append(toWrk, o.rate/w)
		}
	}
	b.ReportMetric(median(own), "ours/s")
	b.ReportMetric(median(other), "vegeta/s")
	b.ReportMetric(median(ratio), "ours/vegeta")
	b.ReportMetric(median(cpu)*1e6, "ours-cpu-µs/hit")
	b.ReportMetric(median(otherCPU)*1e6, "vegeta-cpu-µs/hit")
	if len(wrk) > 0 {
		b.ReportMetric(median(wrk), "wrk/s")
		b.ReportMetric(median(toWrk), "ours/wrk")
	} else {
		fmt.Println("wrk is not installed, so there is no ratio to it: apt-get install wrk")
	}
	b.ReportMetric(0, "ns/op")
}

func median(xs []float64) float64 {
	slices.Sort(xs)
	return (xs[(len(xs)-1)/2] + xs[len(xs)/2]) / 2
}

var wrkLine = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)

// wrkRate is what wrk reaches. It is a closed loop: it asks as fast as it is
// answered, and keeps no record of single requests.
func wrkRate(b *testing.B, url string) (rate float64, ok bool) {
	b.Helper()
	path, err := exec.LookPath("wrk")
	if err != nil {
		return 0, false
	}
	out, err := exec.CommandContext(b.Context(), path, "-t2", "-c"+strconv.Itoa(instrumentWorkers), "-d3s", url+"/").CombinedOutput()
	m := wrkLine.FindSubmatch(out)
	if err != nil || m == nil {
		b.Fatalf("wrk: %v\n%s", err, out)
	}
	rate, err = strconv.ParseFloat(string(m[1]), 64)
	return rate, err == nil
}

// instant is a transport that answers at once, in the place of a network.
type instant struct{}

func (instant) send(*http.Request) (*http.Response, metric.Connection, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("ok"))}, metric.UsedConnection, nil
}

// benchmarkMemory is by how much the generator and its file grow from a tenth
// of the hits to all. The network is left out, so that millions take a minute.
func benchmarkMemory(b *testing.B) {
	all := *instrumentHits
	w := hitFile(b)
	var early, late usage
	a := plainAttack(1e9, time.Duration(all)) // a hit each nanosecond: all are due at once
	a.Arrivals = load.Poisson
	n := uint64(0)
	report, err := drive(b.Context(), "http://localhost", a, instant{}, ostime.Sleep, func(h metric.Hit) error {
		switch n++; n {
		case all / 10:
			early = used()
		case all:
			late = used()
		}
		return w.Write(h)
	})
	if err != nil || report.Sent != all {
		b.Fatalf("%d of %d hits, error %v", report.Sent, all, err)
	}
	const megabyte = 1e6
	b.ReportMetric(late.heap/megabyte, "heap-MB")
	b.ReportMetric((late.heap-early.heap)/megabyte, "heap-growth-MB")
	if late.rss > 0 {
		b.ReportMetric(late.rss/megabyte, "rss-MB")
		b.ReportMetric((late.rss-early.rss)/megabyte, "rss-growth-MB")
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(all), "ns/hit")
	b.ReportMetric(report.CPUSeconds*1e9/float64(all), "cpu-ns/hit")
	b.ReportMetric(0, "ns/op")
}

// usage is memory in bytes.
type usage struct{ heap, rss float64 }

// used returns the heap after a collection and, on Linux, the resident set.
func used() usage {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u := usage{heap: float64(m.HeapAlloc)}
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		var size, resident float64
		if _, err := fmt.Sscan(string(text), &size, &resident); err == nil {
			u.rss = resident * float64(os.Getpagesize())
		}
	}
	return u
}
