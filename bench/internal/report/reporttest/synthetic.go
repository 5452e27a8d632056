// Package reporttest makes synthetic runs and checks pictures, for the tests of a report.
package reporttest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// epoch is the beginning of all synthetic runs.
var epoch = time.Date(2025, 3, 1, 9, 0, 0, 0, time.UTC)

// Synthetic makes runs like a real one's: the same seed gives the same run.
type Synthetic struct {
	YAML    string
	Service map[string]Service
	NoPSS   bool // no sample holds PSS
	NoGroup bool // no cgroup, as on a host
	Machine map[string]string
	Blocks  int            // that were run; 0 for as many as planned
	Broken  map[int]string // by block: why its first trial is invalid
	Failed  map[int]string // by block: why its first trial failed
	Late    map[int]bool   // blocks in which the generator was late for the variants, which spoils their latency
}

// Service is how a made-up variant behaves.
type Service struct {
	Workers  int
	Resident float64 // bytes a worker has when ready
	Grows    float64 // bytes a worker gains under load
	Overhead float64 // seconds added to the upstream's own time
	Failing  float64 // share of requests answered with 502

	Held  uint64        // bytes that MEMORY adds
	Delay time.Duration // that DELAY adds
}

// Write lays out the run directory with the writers of [record].
func (s Synthetic) Write(t testing.TB, dir string) *record.Run {
	t.Helper()
	run, err := record.CreateRun(dir, []byte(s.YAML), record.Meta{Began: epoch, Machine: s.Machine})
	Check(t, err)
	rng := rand.New(rand.NewPCG(run.Scenario.Seed, 7))
	at := epoch
	for block := 1; block <= cmp.Or(s.Blocks, run.Scenario.Blocks); block++ {
		arms := run.Scenario.Arms()
		if block <= 2 {
			arms = run.Scenario.AllArms()
		}
		rng.Shuffle(len(arms), func(i, j int) { arms[i], arms[j] = arms[j], arms[i] })
		for i, arm := range arms {
			tr := &record.Trial{Block: block, Position: i + 1, Arms: len(arms), Variant: arm.Name, Began: at}
			if why := s.Broken[block]; why != "" && i == 0 {
				tr.Broken = []metric.Reason{{Code: metric.Unclassified, Text: why}}
			}
			if why := s.Failed[block]; why != "" && i == 0 {
				tr.Failed = []metric.Reason{{Code: metric.WorkLost, Text: why}}
			}
			if s.Late[block] && arm.Name != scenario.AAArm {
				late := metric.Reason{Code: metric.GeneratorBehind, Metrics: []metric.Pattern{"latency.*"}, Text: "the generator fell behind"}
				tr.Broken = append(tr.Broken, late)
			}
			at = s.trial(t, run, tr, rng)
		}
	}
	run, err = record.OpenRun(dir)
	Check(t, err)
	return run
}

func (s Synthetic) trial(t testing.TB, run *record.Run, tr *record.Trial, rng *rand.Rand) (ended time.Time) {
	t.Helper()
	dir := filepath.Join(run.Dir, record.TrialDir(tr.Block, tr.Position, tr.Variant))
	Check(t, os.MkdirAll(dir, 0o755))
	tr.Ready = tr.Began.Add(2 * time.Second)
	tr.Load.Began = tr.Ready.Add(2 * time.Second)
	tr.Phases = []record.Span{{Name: scenario.PhaseIdle, From: tr.Ready, To: tr.Load.Began}}
	at := tr.Load.Began
	for _, p := range run.Scenario.Load.Phases {
		tr.Phases = append(tr.Phases, record.Span{Name: p.Name, From: at, To: at.Add(p.For)})
		at = at.Add(p.For)
		tr.Load.Offered += p.Hits()
	}
	tr.Load.Sent = tr.Load.Offered
	tr.Ended = at.Add(time.Second)
	sv := s.serviceOf(run.Scenario, tr.Variant)
	sv.Resident *= 1 + 0.02*rng.NormFloat64() // starts vary
	s.hits(t, filepath.Join(dir, "hits.csv.gz"), run.Scenario, sv, rng)
	s.samples(t, filepath.Join(dir, "samples.jsonl.gz"), tr, at, sv, rng)
	if sv.Held > 0 || sv.Delay > 0 {
		tr.Added = &record.Added{Bytes: sv.Held, Seconds: sv.Delay.Seconds()}
	}
	if sv.Held > 0 {
		Check(t, files.WriteFile(filepath.Join(dir, record.VariantLog), fmt.Appendf(nil, "%s%d\n", measure.HeldLine, sv.Held)))
	}
	text, err := json.Marshal(tr)
	Check(t, err)
	Check(t, files.WriteFile(filepath.Join(dir, "trial.json"), text))
	return tr.Ended
}

// serviceOf is the variant's service, or the baseline's with what the control adds.
func (s Synthetic) serviceOf(sc *scenario.Scenario, arm string) Service {
	if sv, ok := s.Service[arm]; ok {
		return sv
	}
	sv := s.Service[sc.Controls.Baseline]
	switch arm {
	case scenario.MemoryArm:
		sv.Held = uint64(float64(sv.Workers+1) * sv.Resident) // more than the variation between starts
	case scenario.DelayArm:
		sv.Delay = cmp.Or(sc.Controls.Delay, 20*time.Millisecond)
	}
	return sv
}

func (s Synthetic) hits(t testing.TB, path string, sc *scenario.Scenario, sv Service, rng *rand.Rand) {
	t.Helper()
	w, err := record.CreateHits(path)
	Check(t, err)
	var seq uint64
	var began time.Duration
	for _, p := range sc.Load.Phases {
		for k := range p.Hits() {
			intended := began + time.Duration(float64(k+1)/float64(p.Rate)*1e9)
			took := 0.2*math.Exp(0.08*rng.NormFloat64()) + sv.Overhead*rng.ExpFloat64()*(1+4*rng.Float64()*rng.Float64())
			h := metric.Hit{Seq: seq, Intended: intended, Sent: intended + time.Duration(rng.IntN(200_000)), Status: 200, BytesIn: 512}
			h.Done = h.Sent + time.Duration(took*1e9) + sv.Delay
			if rng.Float64() < sv.Failing {
				h.Status = 502
			}
			Check(t, w.Write(h))
			seq++
		}
		began += p.For
	}
	Check(t, w.Close())
}

func (s Synthetic) samples(t testing.TB, path string, tr *record.Trial, end time.Time, sv Service, rng *rand.Rand) {
	t.Helper()
	w, err := record.CreateSamples(path)
	Check(t, err)
	cpu := 0.0
	for i := 0; ; i++ {
		at := tr.Ready.Add(time.Duration(i) * 200 * time.Millisecond)
		if !at.Before(end) {
			break
		}
		load := max(0, at.Sub(tr.Load.Began).Seconds())
		cpu += 0.2 * (0.02 + sv.Overhead*5)
		Check(t, w.Write(s.sample(at, i, load, cpu, sv, rng)))
	}
	Check(t, w.Close())
}

func (s Synthetic) sample(at time.Time, i int, load, cpu float64, sv Service, rng *rand.Rand) metric.Sample {
	out := metric.Sample{At: at}
	var mapped uint64
	add := func(p metric.Process, size uint64) {
		mapped += size
		p.RSS = size + 30e6
		if i%5 == 0 && !s.NoPSS {
			p.PSS = &size
		}
		out.Processes = append(out.Processes, p)
	}
	if sv.Held > 0 {
		add(metric.Process{PID: 99, PPID: 100, Start: 4999, Name: "balloon", Threads: 5}, sv.Held)
	}
	for n := range sv.Workers + 1 {
		p := metric.Process{PID: 100 + n, PPID: 100, Start: uint64(5000 + n), Name: "service", Threads: 8}
		p.CPU = cpu / float64(sv.Workers+1)
		size := uint64(21e6)
		if n == 0 {
			p.PPID = 1
		} else {
			grown := sv.Grows * (1 - math.Exp(-load/2)) * (1 + 0.05*math.Sin(load+float64(n)))
			size = uint64(sv.Resident + grown + 2e6*rng.Float64())
		}
		add(p, size)
	}
	if !s.NoGroup {
		kernel, sock := uint64(9e6*float64(sv.Workers+1)), uint64(1e6)
		out.Cgroup = &metric.Cgroup{
			Version: 2, Usage: mapped + kernel + 80e6, Anon: mapped - 5e6, Shmem: 5e6, File: 80e6, InactiveFile: 30e6,
			Kernel: &kernel, Sock: &sock, CPUSeconds: &cpu,
		}
	}
	return out
}

// Check ends the test with an error.
func Check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Judged is the verdict on the run.
func Judged(t *testing.T, run *record.Run) *verdict.Verdict {
	t.Helper()
	v, err := verdict.Judge(run)
	Check(t, err)
	return v
}
