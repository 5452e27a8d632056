package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// epoch is when all synthetic runs began.
var epoch = time.Date(2025, 3, 1, 9, 0, 0, 0, time.UTC)

// synthetic makes runs like a real one's: the same seed gives the same run.
type synthetic struct {
	yaml    string
	service map[string]service
	noPSS   bool // no sample holds PSS
	noGroup bool // no cgroup, as on a host
	machine map[string]string
	blocks  int            // that were run; 0 for as many as planned
	broken  map[int]string // by block: how the measurement of its first trial broke
	failed  map[int]string // by block: what the service of its first trial did wrong
	late    map[int]bool   // blocks in which the generator was late for the variants, which spoils their latency
}

// service is how a made-up variant behaves.
type service struct {
	workers  int
	resident float64 // bytes a worker has when ready
	grows    float64 // bytes a worker gains under load
	overhead float64 // seconds added to the upstream's own time
	failing  float64 // share of requests answered with 502

	held  uint64        // bytes that SPIKE holds
	delay time.Duration // that SPIKE adds
}

// write lays out the run directory with the writers of package bench.
func (s synthetic) write(t testing.TB, dir string) *record.Run {
	t.Helper()
	run, err := record.CreateRun(dir, []byte(s.yaml), record.Meta{Began: epoch, Machine: s.machine})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(run.Scenario.Seed, 7))
	at := epoch
	for block := 1; block <= cmp.Or(s.blocks, run.Scenario.Blocks); block++ {
		arms := run.Scenario.Arms()
		if block <= 2 {
			arms = run.Scenario.AllArms()
		}
		rng.Shuffle(len(arms), func(i, j int) { arms[i], arms[j] = arms[j], arms[i] })
		for i, arm := range arms {
			tr := &record.Trial{Block: block, Position: i + 1, Arms: len(arms), Variant: arm.Name, Began: at}
			if why := s.broken[block]; why != "" && i == 0 {
				tr.Broken = []metric.Reason{{Code: metric.Unclassified, Text: why}}
			}
			if why := s.failed[block]; why != "" && i == 0 {
				tr.Failed = []metric.Reason{{Code: metric.WorkLost, Text: why}}
			}
			if s.late[block] && !strings.Contains(scenario.NullArm+scenario.SpikeArm, arm.Name) {
				tr.Broken = append(tr.Broken, metric.Reason{Code: metric.GeneratorBehind, Metrics: []metric.Pattern{"latency.*"}, Text: "the generator fell behind"})
			}
			at = s.trial(t, run, tr, rng)
		}
	}
	run, err = record.OpenRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func (s synthetic) trial(t testing.TB, run *record.Run, tr *record.Trial, rng *rand.Rand) (ended time.Time) {
	t.Helper()
	dir := filepath.Join(run.Dir, "trials", fmt.Sprintf("b%02d-%d-%s", tr.Block, tr.Position, tr.Variant))
	check(t, os.MkdirAll(dir, 0o755))
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
	sv.resident *= 1 + 0.02*rng.NormFloat64() // no two starts are alike
	s.hits(t, filepath.Join(dir, "hits.csv.gz"), run.Scenario, sv, rng)
	s.samples(t, filepath.Join(dir, "samples.jsonl.gz"), tr, at, sv, rng)
	if sv.held > 0 || sv.delay > 0 {
		tr.Added = &record.Added{Bytes: sv.held, Seconds: sv.delay.Seconds()}
	}
	if sv.held > 0 {
		check(t, files.WriteFile(filepath.Join(dir, record.VariantLog), fmt.Appendf(nil, "%s%d\n", measure.HeldLine, sv.held)))
	}
	text, err := json.Marshal(tr)
	check(t, err)
	check(t, files.WriteFile(filepath.Join(dir, "trial.json"), text))
	return tr.Ended
}

// serviceOf is the variant's service, or the baseline's with what the control
// adds.
func (s synthetic) serviceOf(sc *scenario.Scenario, arm string) service {
	switch arm {
	case scenario.NullArm:
		return s.service[sc.Controls.Baseline]
	case scenario.MemoryArm:
		sv := s.service[sc.Controls.Baseline]
		sv.held = uint64(float64(sv.workers+1) * sv.resident) // as much again, for no two starts are alike
		return sv
	case scenario.DelayArm:
		sv := s.service[sc.Controls.Baseline]
		sv.delay = cmp.Or(sc.Controls.Delay, 20*time.Millisecond)
		return sv
	default:
		return s.service[arm]
	}
}

func (s synthetic) hits(t testing.TB, path string, sc *scenario.Scenario, sv service, rng *rand.Rand) {
	t.Helper()
	w, err := record.CreateHits(path)
	check(t, err)
	var seq uint64
	var began time.Duration
	for _, p := range sc.Load.Phases {
		for k := range p.Hits() {
			intended := began + time.Duration(float64(k+1)/float64(p.Rate)*1e9)
			took := 0.2*math.Exp(0.08*rng.NormFloat64()) + sv.overhead*rng.ExpFloat64()*(1+4*rng.Float64()*rng.Float64())
			h := metric.Hit{Seq: seq, Intended: intended, Sent: intended + time.Duration(rng.IntN(200_000)), Status: 200, BytesIn: 512}
			h.Done = h.Sent + time.Duration(took*1e9) + sv.delay
			if rng.Float64() < sv.failing {
				h.Status = 502
			}
			check(t, w.Write(h))
			seq++
		}
		began += p.For
	}
	check(t, w.Close())
}

func (s synthetic) samples(t testing.TB, path string, tr *record.Trial, end time.Time, sv service, rng *rand.Rand) {
	t.Helper()
	w, err := record.CreateSamples(path)
	check(t, err)
	cpu := 0.0
	for i := 0; ; i++ {
		at := tr.Ready.Add(time.Duration(i) * 200 * time.Millisecond)
		if !at.Before(end) {
			break
		}
		load := max(0, at.Sub(tr.Load.Began).Seconds())
		cpu += 0.2 * (0.02 + sv.overhead*5)
		check(t, w.Write(s.sample(at, i, load, cpu, sv, rng)))
	}
	check(t, w.Close())
}

func (s synthetic) sample(at time.Time, i int, load, cpu float64, sv service, rng *rand.Rand) metric.Sample {
	out := metric.Sample{At: at}
	var mapped uint64
	add := func(p metric.Process, size uint64) {
		mapped += size
		p.RSS = size + 30e6
		if i%5 == 0 && !s.noPSS {
			p.PSS = &size
		}
		out.Processes = append(out.Processes, p)
	}
	if sv.held > 0 {
		add(metric.Process{PID: 99, PPID: 100, Start: 4999, Name: "spike", Threads: 5}, sv.held)
	}
	for n := range sv.workers + 1 {
		p := metric.Process{PID: 100 + n, PPID: 100, Start: uint64(5000 + n), Name: "service", Threads: 8, CPU: cpu / float64(sv.workers+1)}
		size := uint64(21e6)
		if n == 0 {
			p.PPID = 1
		} else {
			grown := sv.grows * (1 - math.Exp(-load/2)) * (1 + 0.05*math.Sin(load+float64(n)))
			size = uint64(sv.resident + grown + 2e6*rng.Float64())
		}
		add(p, size)
	}
	if !s.noGroup {
		kernel, sock := uint64(9e6*float64(sv.workers+1)), uint64(1e6)
		out.Cgroup = &metric.Cgroup{
			Version: 2, Usage: mapped + kernel + 80e6, Anon: mapped - 5e6, Shmem: 5e6, File: 80e6, InactiveFile: 30e6,
			Kernel: &kernel, Sock: &sock, CPUSeconds: &cpu,
		}
	}
	return out
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func judged(t *testing.T, run *record.Run) *verdict.Verdict {
	t.Helper()
	v, err := verdict.Judge(run)
	check(t, err)
	return v
}

// guideLike is a run like that of the guide: five workers against three, with
// one block that broke and was run again.
func guideLike() synthetic {
	return synthetic{
		yaml: guideYAML,
		service: map[string]service{
			"before": {workers: 5, resident: 215e6, grows: 86e6, overhead: 0.014, failing: 0.0004},
			"after":  {workers: 3, resident: 178e6, grows: 31e6, overhead: 0.003, failing: 0.0001},
		},
		blocks: 7,
		broken: map[int]string{2: "the ledger grew by 2997 rows | not by 3000"},
		machine: map[string]string{
			"engine": "docker: engine 27.1 answers", "kernel": "6.8.0", "cpu": "2 × Example CPU @ 2.40GHz", "image after": "memproof/after:1f0c",
		},
	}
}

const guideYAML = `
name: guide
about: |
  What the guide says of its four changes | and what
  a run of both builds says of the guide.
variants:
  - {name: before, build: ./variants/before}
  - {name: after, build: ./variants/after, env: {GUNICORN_WORKERS: "3"}}
limits: {cpus: 2, memory: 4GB}
database:
  settings: {fsync: "on", shared_buffers: 128MB}
load:
  target: {method: POST, path: /v1/chat, body: hello}
  phases:
    - {name: warm-up, rate: 100/s, for: 5s}
    - {name: window, rate: 100/s, for: 20s, measure: true}
blocks: 6
replace: 1
seed: 42
claims:
  - {id: reduction, says: "Memory falls by 60%", metric: memory.mean, of: after, against: before, reduction: {at_least: 60%}}
  - {id: after-size, says: "After: ~600-800 MB | with 3 workers", metric: memory.mean, of: after, value: {at_least: 600MB, at_most: 800MB}}
  - {id: before-size, says: "Before: at most 1.58 GB", metric: memory.mean, of: before, value: {at_most: 1.58GB}}
  - {id: latency, says: "No slower at the 95th percentile, whatever else the four changes do to the service", metric: latency.p95, of: after, against: before, ratio: {at_most: 1.1}}
  - {id: errors, metric: errors, of: after, against: before, difference: {at_most: 0.1%}}
controls: {memory: 160MB, delay: 20ms}
`

// small is a run of seconds, for what a few hits and samples can show.
func small() synthetic {
	s := guideLike()
	s.blocks, s.broken = 0, nil
	s.yaml = `
name: small
variants: [{name: before, build: ./b}, {name: after, build: ./a}]
load:
  target: {path: /}
  phases: [{name: warm-up, rate: 20/s, for: 2s}, {name: window, rate: 50/s, for: 4s, measure: true}]
claims: [{id: reduction, says: "Half of it", metric: memory.mean, of: after, against: before, reduction: {at_least: 50%}}]
`
	return s
}
