package sampler

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/internal/ostime"
	"github.com/memproof/memproof/bench/metric"
)

// BenchmarkInstrument measures the cost of the sampler at 5 Hz over a master and 10
// workers of 300 MB each, in small pages, as a share of one core: with what is
// read each time, with what has a budget, and as a whole. The whole is to stay
// below 1%.
func BenchmarkInstrument(b *testing.B) {
	s := openInstrument(b, service{workers: 10, private: 300})
	b.Run("statm+cgroup", s.withoutDetails)
	b.Run("rollup", s.details)
	b.Run("all", s.all)
}

type instrument struct{ *Sampler }

func openInstrument(b *testing.B, size service) instrument {
	b.Helper()
	if need := uint64(size.workers*size.private+500) << 20; available(b) < need {
		b.Fatalf("this needs %d MB of free memory", need>>20)
	}
	s, err := Open(Options{Root: startService(b, size), Proc: "/proc", Cgroup: ownCgroup(b), Rate: 5})
	if err != nil {
		b.Fatal(err)
	}
	return instrument{s}
}

func available(b *testing.B) uint64 {
	b.Helper()
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		b.Fatal(err)
	}
	k := keyed{text: text}
	v := k.need("MemAvailable:")
	if k.err != nil {
		b.Fatal(k.err)
	}
	return v
}

// ownCgroup is a cgroup of either version; whose account it is does not matter
// here.
func ownCgroup(b *testing.B) string {
	b.Helper()
	const top = "/sys/fs/cgroup"
	if _, err := os.Stat(filepath.Join(top, "cgroup.controllers")); err != nil {
		return top // v1, or the error of Open
	}
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		b.Fatal(err)
	}
	_, path, _ := strings.Cut(strings.TrimSpace(string(text)), "0::")
	return filepath.Join(top, path)
}

// withoutDetails samples in real time what is read each time: a processor that
// has slept for 200 ms has forgotten the kernel's code and data, and reads
// several times slower than one that reads again and again.
func (s instrument) withoutDetails(b *testing.B) {
	_, err := s.sample() // opens what stays open
	noError(b, err)
	s.budget.next = time.Now().Add(time.Hour)
	s.realTime(b, 15*time.Second)
}

// details measures the cost of one reading of them, and how far apart that makes them.
func (s instrument) details(b *testing.B) {
	const readings = 5
	began := ostime.ProcessCPU()
	for range readings {
		_, _, err := s.tree.processes(true)
		noError(b, err)
	}
	each := (ostime.ProcessCPU() - began) / readings
	b.ReportMetric(each.Seconds()*1e3, "cpu-ms/reading")
	b.ReportMetric(s.budget.share*100, "%core") // by its budget
	b.ReportMetric(each.Seconds()/s.budget.share, "s-apart")
	b.ReportMetric(0, "ns/op") // says nothing here
}

func noError(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// all samples with the details, long enough for several readings of them. The
// first, which is due at once, is not counted: it is one for a trial.
func (s instrument) all(b *testing.B) {
	s.budget.next = time.Now()
	_, err := s.sample()
	noError(b, err)
	s.realTime(b, 30*time.Second)
}

func (s instrument) realTime(b *testing.B, d time.Duration) {
	b.Helper()
	ctx, stop := context.WithTimeout(b.Context(), d)
	defer stop()
	began, cpu := time.Now(), ostime.ProcessCPU()
	var line bytes.Buffer
	err := s.Run(ctx, func(sample metric.Sample) error { // as the sampler does
		line.Reset()
		noError(b, json.NewEncoder(&line).Encode(sample))
		_, err := io.Copy(io.Discard, &line)
		return err
	})
	noError(b, err)
	b.ReportMetric(100*(ostime.ProcessCPU()-cpu).Seconds()/time.Since(began).Seconds(), "%core")
	b.ReportMetric(0, "ns/op")
}
