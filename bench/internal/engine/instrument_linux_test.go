package engine

import (
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/generator"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// The observer's benchmark: pairs of stretches of load, one of them sampled.
const (
	samplingPairs = 12
	stretchTime   = 10 * time.Second
)

// BenchmarkInstrumentObserver measures the cost of the samplers for the service: the
// guide's before, the arm with the most to read, at the guide's rate, with and without
// samplers in turns within one start. Figures are ratios, with to without, and half the
// width of their 95% interval: 1.00 ± 0.02 means that the samplers cost at most some two
// percent.
func BenchmarkInstrumentObserver(b *testing.B) {
	kind, why, err := Choose(b.Context(), Auto, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Log(why)
	o := openSampled(b, kind)
	o.load(b, stretchTime) // warm
	logs := map[string][]float64{}
	for i := range samplingPairs {
		with, without := o.pair(b, i%2 == 0)
		for name := range with {
			logs[name] = append(logs[name], math.Log(with[name]/without[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(logs)) {
		e, err := stats.MeanInterval(logs[name], 0.95)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(math.Exp(e.Mean), name+"-ratio")
		b.ReportMetric(math.Exp(e.Mean)*math.Sinh(e.HalfWidth), name+"-±")
	}
	b.ReportMetric(0, "ns/op") // not printed
}

// sampled is a variant with samplers that can be stopped and started.
type sampled struct {
	*trial
	stretch int // of load so far
}

func openSampled(b *testing.B, kind Name) *sampled {
	b.Helper()
	path := filepath.Join(root, "scenarios", "guide.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	sc, err := scenario.Inputs{Dir: filepath.Dir(path)}.ParseScenario(path, text)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	s, err := Open(b.Context(), kind, sc, Options{Root: root, Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	o := &sampled{trial: &trial{session: s, plan: plan(s, "before", dir), log: filepath.Join(dir, record.VariantLog)}}
	b.Cleanup(func() {
		if _, err := o.stop(context.Background()); err != nil {
			b.Error(err)
		}
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	if err := o.start(b.Context()); err != nil {
		b.Fatal(err)
	}
	o.stopSamplers(b)
	return o
}

// stopSamplers stops the samplers of a trial.
func (o *sampled) stopSamplers(b *testing.B) {
	b.Helper()
	for _, f := range []**backend.Feed{&o.feed, &o.session.postgres} {
		if err := (*f).Stop(b.Context()); err != nil {
			b.Fatal(err)
		}
		*f = nil
	}
}

// startSamplers starts them as a trial does.
func (o *sampled) startSamplers(b *testing.B) {
	b.Helper()
	var err error
	s := o.session
	if o.feed, err = s.backend.Sample(b.Context(), o.proc, s.sampling("sampler", metric.SampleRate)); err != nil {
		b.Fatal(err)
	}
	if err := s.samplePostgres(b.Context()); err != nil {
		b.Fatal(err)
	}
}

func (o *sampled) pair(b *testing.B, withFirst bool) (with, without map[string]float64) {
	b.Helper()
	if !withFirst {
		without = o.load(b, stretchTime)
	}
	o.startSamplers(b)
	with = o.loadSampled(b)
	o.stopSamplers(b)
	if withFirst {
		without = o.load(b, stretchTime)
	}
	return with, without
}

// loadSampled loads it while samples are written as in a run.
func (o *sampled) loadSampled(b *testing.B) map[string]float64 {
	b.Helper()
	w, err := record.CreateSamples(filepath.Join(b.TempDir(), "samples.jsonl.gz"))
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- o.sample(ctx, w.Write) }()
	figures := o.load(b, stretchTime)
	cancel()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return figures
}

// load returns quantiles of the response time, and the CPU time per request, in seconds.
func (o *sampled) load(b *testing.B, d time.Duration) map[string]float64 {
	b.Helper()
	sc := o.session.scenario
	attack := sc.Attack()
	attack.Phases = []load.Phase{{Name: "stretch", Rate: sc.Window().Rate, For: d}}
	o.stretch++
	attack.Targets = slices.Clone(attack.Targets)
	headers := maps.Clone(attack.Targets[0].Headers)
	headers["X-Request-Id"] = fmt.Sprintf("stretch-%d-{{.Seq}}", o.stretch) // each is answered once
	attack.Targets[0].Headers = headers
	before, err := o.proc.CPU(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	var response []float64
	_, err = generator.Drive(b.Context(), o.url(""), attack, func(h metric.Hit) error {
		if !h.OK() {
			return fmt.Errorf("hit %d was answered %d %s", h.Seq, h.Status, h.Error)
		}
		response = append(response, h.ResponseTime().Seconds())
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	after, err := o.proc.CPU(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	slices.Sort(response)
	return map[string]float64{
		"cpu": (after - before) / float64(len(response)),
		"p50": stats.Quantile(response, 0.50), "p95": stats.Quantile(response, 0.95),
	}
}
