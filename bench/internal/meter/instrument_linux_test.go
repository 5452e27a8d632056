package meter

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

	"github.com/memproof/memproof/bench"
)

// BenchmarkInstrument is what the sampler costs at 5 Hz over a master and 10
// workers of 300 MB each, in small pages, as a share of one core: with what is
// read each time, with what has a budget, and as a whole. The whole is to stay
// below 1%.
func BenchmarkInstrument(b *testing.B) {
	s := openInstrument(b, service{workers: 10, private: 300})
	b.Run("statm+cgroup", func(b *testing.B) { s.cost(b, false) })
	b.Run("rollup", func(b *testing.B) { s.cost(b, true) })
	b.Run("all", s.run)
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
	v, ok, err := lookup(text, "MemAvailable:")
	if !ok || err != nil {
		b.Fatal("no MemAvailable: ", err)
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

// cost is that of a reading with or without the details, as if each of the five
// a second were so.
func (s instrument) cost(b *testing.B, details bool) {
	began, readings := ownCPU(), 0
	for b.Loop() {
		if !details {
			s.budget.next = time.Now().Add(time.Hour)
			_, err := s.sample()
			noError(b, err)
		} else {
			_, _, err := s.tree.processes(true)
			noError(b, err)
		}
		readings++
	}
	each := (ownCPU() - began) / time.Duration(readings)
	b.ReportMetric(each.Seconds()*1e3, "cpu-ms/reading")
	if !details {
		b.ReportMetric(each.Seconds()*5*100, "%core")
		return
	}
	b.ReportMetric(rollupShare*100, "%core") // by its budget
	b.ReportMetric(each.Seconds()/rollupShare, "s-apart")
}

func noError(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// run samples in real time, long enough for several readings of the details. The
// first of them, which is due at once, is not counted: it is one for a trial.
func (s instrument) run(b *testing.B) {
	s.budget.next = time.Now()
	_, err := s.sample()
	noError(b, err)
	var elapsed, used time.Duration
	for b.Loop() {
		ctx, stop := context.WithTimeout(b.Context(), 30*time.Second)
		began, cpu := time.Now(), ownCPU()
		var line bytes.Buffer
		err := s.Run(ctx, func(sample bench.Sample) error { // as the sampler does
			line.Reset()
			noError(b, json.NewEncoder(&line).Encode(sample))
			_, err := io.Copy(io.Discard, &line)
			return err
		})
		stop()
		noError(b, err)
		elapsed, used = elapsed+time.Since(began), used+ownCPU()-cpu
	}
	b.ReportMetric(100*used.Seconds()/elapsed.Seconds(), "%core")
}
