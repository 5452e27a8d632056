package verdict_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// wobble is a deterministic scatter of about ±1% from block to block.
func wobble(block int) float64 { return 1 + 0.01*math.Sin(float64(7*block)) }

// memoryOf gives a and b a level each, with scatter in b.
func memoryOf(a, b float64) func(experiment.TrialPlan) uint64 {
	return func(p experiment.TrialPlan) uint64 {
		if p.Arm.Name == "a" {
			return uint64(a)
		}
		return uint64(b * wobble(p.Block))
	}
}

// TestJudgeOutcomes: each answer occurs once.
func TestJudgeOutcomes(t *testing.T) {
	tests := []struct {
		name string
		b    float64 // memory of b; a has 1000 MB, and the claim is at least 50% less
		want verdict.Outcome
		exit int
	}{
		{"well below", 400e6, verdict.Proven, 0},
		{"above", 600e6, verdict.Refuted, 1},
		{"at the bound", 500e6, verdict.Inconclusive, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fakerig.New()
			f.Memory = memoryOf(1000e6, tt.b)
			v := fakerig.Execute(t, fakerig.Create(t), f)
			c := fakerig.Claim(t, v, "less")
			if c.Outcome != tt.want || v.Outcome != tt.want || v.Outcome.ExitCode() != tt.exit {
				t.Errorf("claim %s, run %s, exit %d; want %s and %d: %s", c.Outcome, v.Outcome, v.Outcome.ExitCode(), tt.want, tt.exit, c.Because)
			}
			if want := 1 - tt.b/1000e6; math.Abs(*c.Estimate-want) > 0.01 || *c.Low > want || *c.High < want {
				t.Errorf("estimate %v (%v to %v), want about %v inside", *c.Estimate, *c.Low, *c.High, want)
			}
			if tt.want == verdict.Inconclusive && c.MoreBlocks < 1 {
				t.Error("does not say how many more blocks would decide it")
			}
		})
	}
}

// TestJudgeReductionByHand compares the interval with the formula by hand: two values
// of ln(b/a), t with 5 degrees of freedom is 2.015048.
func TestJudgeReductionByHand(t *testing.T) {
	f := fakerig.New()
	levels := []float64{400e6, 420e6, 380e6, 410e6, 390e6, 400e6}
	f.Memory = func(p experiment.TrialPlan) uint64 {
		if p.Arm.Name == "a" {
			return 1000e6
		}
		return uint64(levels[p.Block-1])
	}
	c := fakerig.Claim(t, fakerig.Execute(t, fakerig.Create(t), f), "less")
	var sum, squares float64
	for _, l := range levels {
		r := math.Log(l / 1000e6)
		sum, squares = sum+r, squares+r*r
	}
	mean := sum / 6
	half := 2.015048 * math.Sqrt((squares-6*mean*mean)/5) / math.Sqrt(6)
	for _, x := range []struct{ got, want float64 }{
		{*c.Estimate, 1 - math.Exp(mean)}, {*c.Low, 1 - math.Exp(mean+half)}, {*c.High, 1 - math.Exp(mean-half)},
	} {
		if math.Abs(x.got-x.want) > 1e-6 {
			t.Errorf("got %v, want %v", x.got, x.want)
		}
	}
}

// TestJudgeNonInferiority: a difference that is not significant proves nothing.
func TestJudgeNonInferiority(t *testing.T) {
	slower := func(factor, scatter float64) func(experiment.TrialPlan) time.Duration {
		return func(p experiment.TrialPlan) time.Duration {
			if p.Arm.Name == "a" {
				return 10 * time.Millisecond
			}
			return time.Duration(factor * (1 + scatter*(wobble(p.Block)-1)/0.01) * float64(10*time.Millisecond))
		}
	}
	tests := []struct {
		name    string
		latency func(experiment.TrialPlan) time.Duration
		want    verdict.Outcome
	}{
		{"as fast", slower(1, 0.01), verdict.Proven},
		{"slower than the margin", slower(1.3, 0.01), verdict.Refuted},
		{"as fast, but too scattered to say", slower(1, 0.3), verdict.Inconclusive},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fakerig.New()
			f.Latency = tt.latency
			v := fakerig.Execute(t, fakerig.Create(t), f)
			if c := fakerig.Claim(t, v, "fast"); c.Outcome != tt.want || v.Outcome != tt.want {
				t.Errorf("%s, run %s; want %s: %s", c.Outcome, v.Outcome, tt.want, c.Because)
			}
		})
	}
}

// TestJudgeRefuses: each validity rule is broken once, in every trial. Claims on
// unspoiled metrics keep their answers.
func TestJudgeRefuses(t *testing.T) {
	const both = "less fast"
	tests := []struct {
		name  string
		spoil func(f *fakerig.Rig, s *experiment.Subject)
		yaml  []string
		code  metric.Code
		want  verdict.Outcome
		lost  string // claims without an answer
	}{
		{"generator behind", func(f *fakerig.Rig, s *experiment.Subject) { f.Lag = 30 * time.Millisecond }, nil, metric.GeneratorBehind, verdict.Invalid, "fast"},
		{"work refused", func(f *fakerig.Rig, s *experiment.Subject) {
			f.Status = func(seq uint64) int { return 200 + 200*int(seq%4/3) }
		}, nil, metric.RequestsFailed, verdict.Failed, both},
		{"mislabelled", func(f *fakerig.Rig, s *experiment.Subject) {
			s.Describe = func(context.Context) (map[string]string, error) { return map[string]string{"workers": "9"}, nil }
		}, []string{"build: ./b", "build: ./b, expect: {workers: 3}", "build: ./a", "build: ./a, expect: {workers: 3}", "blocks: 6", "blocks: 6\ninfo_path: /what"}, metric.Mislabelled, verdict.Invalid, both},
		{"died", func(f *fakerig.Rig, s *experiment.Subject) {
			fakerig.Exits(s, record.Exit{Code: 2, Unasked: true, LastLines: "panic"})
		}, nil, metric.EndedUnasked, verdict.Failed, both},
		{"killed for memory", func(f *fakerig.Rig, s *experiment.Subject) { fakerig.Exits(s, record.Exit{OOMKilled: true}) }, nil, metric.OutOfMemory, verdict.Failed, both},
		{"row missing", func(f *fakerig.Rig, s *experiment.Subject) {
			n := -1.0
			s.Count = func(context.Context) (record.Counters, error) {
				n++
				return record.Counters{"ledger.rows": 599 * n}, nil
			}
		}, nil, metric.WorkLost, verdict.Failed, both},
		{"more rows than lost answers", func(f *fakerig.Rig, s *experiment.Subject) {
			f.Status = func(seq uint64) int { return 200 * int(min(seq, 1)) } // the first request gets no answer
			n := -1.0
			s.Count = func(context.Context) (record.Counters, error) {
				n++
				return record.Counters{"ledger.rows": 601 * n}, nil
			}
		}, nil, metric.WorkLost, verdict.Failed, both},
		{"rows uncounted", func(f *fakerig.Rig, s *experiment.Subject) {}, []string{"blocks: 6", "blocks: 6\ndatabase: {rows_query: SELECT 1}"}, metric.CountMissing, verdict.Invalid, both},
		{"no samples", func(f *fakerig.Rig, s *experiment.Subject) {
			sample := s.Sample
			s.Sample = func(ctx context.Context, _ func(metric.Sample) error) error {
				return sample(ctx, func(metric.Sample) error { return nil })
			}
		}, nil, metric.MemoryUnseen, verdict.Invalid, "less"},
		{"sampler gone", func(f *fakerig.Rig, s *experiment.Subject) {
			sample := s.Sample
			s.Sample = func(ctx context.Context, sink func(metric.Sample) error) error {
				if err := sample(ctx, sink); err != nil {
					return err
				}
				return context.DeadlineExceeded
			}
		}, nil, metric.SamplerStopped, verdict.Invalid, "less"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fakerig.New()
			f.Spoil = func(p experiment.TrialPlan, s *experiment.Subject) { tt.spoil(f, s) }
			v := fakerig.Execute(t, fakerig.Create(t, tt.yaml...), f)
			if v.Outcome != tt.want || v.Void != (tt.lost == both) {
				t.Errorf("outcome %s, void %t; want %s", v.Outcome, v.Void, tt.want)
			}
			for _, c := range v.Claims {
				if lost := strings.Contains(tt.lost, c.ID); lost && (c.Outcome != tt.want || c.Estimate != nil || c.PerBlock != nil) {
					t.Errorf("claim %s is %s with a figure: %+v; want %s and none", c.ID, c.Outcome, c, tt.want)
				} else if !lost && c.Outcome != verdict.Proven {
					t.Errorf("claim %s is %s, want PROVEN: nothing spoils its metric", c.ID, c.Outcome)
				}
			}
			if !fakerig.Has(v.Reasons, tt.code) {
				t.Errorf("reasons %q, want %s", fakerig.Codes(v.Reasons), tt.code)
			}
			if n := len(v.Reasons); n != len(slices.Compact(fakerig.Codes(v.Reasons))) {
				t.Errorf("a reason stands twice: %q", v.Reasons)
			}
		})
	}
}

// TestJudgeTakesAnAbruptStop: the kernel ends a program without a handler for the
// signal, or its runtime exits with a status. All its figures are measured by then.
func TestJudgeTakesAnAbruptStop(t *testing.T) {
	for _, exit := range []record.Exit{{Code: 1}, {Code: 2}, {Code: -1, Signal: 9}, {Code: 137}} {
		f := fakerig.New()
		f.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) { fakerig.Exits(s, exit) }
		v := fakerig.Execute(t, fakerig.Create(t), f)
		if v.Outcome != verdict.Proven || !slices.Equal(fakerig.Codes(v.Notes), []metric.Code{metric.AbruptStop}) || len(v.Reasons) > 0 {
			t.Errorf("%+v: %s, notes %q, reasons %q; want PROVEN and one note", exit, v.Outcome, v.Notes, v.Reasons)
		}
	}
}

// TestAbruptStopNamesItsRemedy: the note names the signal, TERM by default. A variant
// that was killed after the grace gets the remedy, which the progress line shows once.
func TestAbruptStopNamesItsRemedy(t *testing.T) {
	const handles, remedy = "it does not handle TERM, or fails at it", "stop: {signal: KILL}"
	for i, tt := range []struct {
		exit  record.Exit
		Text  []string
		want  string // in the note; empty: no note
		shown int    // messages on the progress line
	}{
		{exit: record.Exit{Code: 1}, want: "asked to stop with TERM, it ended with status 1: " + handles},
		{exit: record.Exit{Code: -1, Signal: 9}, want: "stop.grace (45s) and was killed. To save that time in each trial, set " + remedy, shown: 1},
		{exit: record.Exit{Code: 137}, want: remedy, shown: 1},
		{exit: record.Exit{Code: 137}, Text: []string{"load:\n", "stop: {signal: INT, grace: 3s}\nload:\n"}, want: "asked to stop with INT, it did not end within stop.grace (3s)", shown: 1},
		{exit: record.Exit{Code: -1, Signal: 9}, Text: []string{"load:\n", "stop: {signal: KILL}\nload:\n"}},
		{exit: record.Exit{Code: -1, Signal: 15}},
	} {
		f := fakerig.New()
		f.Change = func(r *experiment.Rig) { r.Discard = i%2 == 0 } // a discarded trial reports it first
		f.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) { fakerig.Exits(s, tt.exit) }
		run := fakerig.Create(t, tt.Text...)
		v := fakerig.Execute(t, run, f)
		if tt.want == "" && len(v.Notes) > 0 || tt.want != "" && (len(v.Notes) != 1 || !strings.Contains(v.Notes[0].Text, tt.want)) {
			t.Errorf("%+v: notes %q, want %q", tt.exit, v.Notes, tt.want)
		}
		shown := 0
		for _, note := range f.Notes {
			if strings.Contains(note, remedy) {
				shown++
			}
		}
		if shown != tt.shown {
			t.Errorf("%+v: shown %d times, want %d", tt.exit, shown, tt.shown)
		}
	}
}

// A request whose answer was lost may have a row or not: it is already an error.
func TestJudgeRowsOfLostAnswers(t *testing.T) {
	for _, rows := range []float64{599, 600} {
		f := fakerig.New()
		f.Status = func(seq uint64) int { return 200 * int(min(seq, 1)) } // the first request gets no answer
		f.Counters = func(_ experiment.TrialPlan, loaded bool) record.Counters {
			return record.Counters{"ledger.rows": map[bool]float64{true: rows}[loaded]}
		}
		if v := fakerig.Execute(t, fakerig.Create(t), f); v.Outcome == verdict.Invalid {
			t.Errorf("%.0f rows_query: %q", rows, v.Reasons)
		}
	}
}

// TestJudgeUnfinishedRun: the figures are shown and decide nothing.
func TestJudgeUnfinishedRun(t *testing.T) {
	f := fakerig.New()
	run := fakerig.Create(t)
	fakerig.Execute(t, run, f)
	again, err := record.OpenRun(run.Dir)
	if err != nil {
		t.Fatal(err)
	}
	again.Trials = again.Trials[:2*5+3]
	v, err := verdict.Judge(again)
	if err != nil {
		t.Fatal(err)
	}
	c := fakerig.Claim(t, v, "less")
	if v.Outcome != verdict.Inconclusive || c.Outcome != verdict.Inconclusive || c.Estimate == nil || c.MoreBlocks != 3 {
		t.Errorf("%s, claim %+v; want INCONCLUSIVE with an estimate and 3 more blocks", v.Outcome, c)
	}
}

func TestMeasureLeavesOutQuantilesWithoutHits(t *testing.T) {
	v := fakerig.Execute(t, fakerig.Create(t), fakerig.New())
	m := v.Trials[0] // 500 hits in the window: 20 must lie beyond a quantile
	if _, ok := m.Figures["latency.p50"]; !ok {
		t.Error("p50 is missing")
	}
	if _, ok := m.Figures["latency.p99"]; ok || !strings.Contains(m.Absent["latency.p99"], "5 of the window's 500 hits") {
		t.Errorf("p99 of 500 hits is reported, or its absence not explained: %q", m.Absent["latency.p99"])
	}
	if got := m.Figures["latency.p50"]; got != 0.010 {
		t.Errorf("p50 is %v s, want the 0.010 s of every hit", got)
	}
}

func TestJudgeIsAFunctionOfTheDirectory(t *testing.T) {
	f := fakerig.New()
	f.Memory = memoryOf(1000e6, 480e6)
	run := fakerig.Create(t)
	first := fakerig.Execute(t, run, f)
	again, err := record.OpenRun(run.Dir)
	if err != nil {
		t.Fatal(err)
	}
	second, err := verdict.Judge(again)
	if err != nil {
		t.Fatal(err)
	}
	dirs := []string{t.TempDir(), t.TempDir()}
	for i, v := range []*verdict.Verdict{first, second} {
		if err := v.Write(dirs[i]); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := fakerig.Read(t, dirs[0]+"/verdict.json"), fakerig.Read(t, dirs[1]+"/verdict.json"); a != b {
		t.Errorf("two judgements differ:\n%s\n%s", a, b)
	}
}

// TestJudgeClaimThatWasNotMeasured: the run is valid, the claim has no figure.
func TestJudgeClaimThatWasNotMeasured(t *testing.T) {
	v := fakerig.Execute(t, fakerig.Create(t, "metric: memory.mean", "metric: pss.mean"), fakerig.New())
	if v.Outcome != verdict.Invalid || !slices.Equal(fakerig.Codes(v.Reasons), []metric.Code{metric.ClaimUnanswered}) || fakerig.Claim(t, v, "less").Outcome != verdict.Invalid || fakerig.Claim(t, v, "fast").Outcome != verdict.Proven {
		t.Errorf("%s, reasons %q; want INVALID with the claim and why", v.Outcome, v.Reasons)
	}
}

func TestShowHasNoMinusZero(t *testing.T) {
	c := verdict.ClaimVerdict{Comparison: comparison.Difference, Metric: metric.Errors}
	for x, want := range map[float64]string{-1e-9: "0.00%", 0: "0.00%", -0.012: "-1.20%"} {
		if got := c.Show(x); got != want {
			t.Errorf("%v is shown as %q, want %q", x, got, want)
		}
	}
}

// TestMeasureErrors: a few failures are a figure, and do not spoil a trial.
func TestMeasureErrors(t *testing.T) {
	f := fakerig.New()
	f.Status = func(seq uint64) int {
		if seq%25 == 0 {
			return 503
		}
		return 200
	}
	v := fakerig.Execute(t, fakerig.Create(t), f)
	if got := v.Trials[0].Figures[metric.Errors]; got != 0.04 || v.Outcome != verdict.Proven {
		t.Errorf("errors %v, %s; want 0.04 and PROVEN", got, v.Outcome)
	}
}

// TestMeasureNeverMixesMemory: PSS does not replace a missing charge of the container.
func TestMeasureNeverMixesMemory(t *testing.T) {
	f := fakerig.New()
	pss := uint64(3000e6)
	f.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) {
		fakerig.SpoilSamples(s, func(i int, one *metric.Sample) {
			one.Processes = []metric.Process{{PID: 1, PSS: &pss, RSS: pss}}
			if i%2 == 1 {
				one.Cgroup = nil
			}
		})
	}
	v := fakerig.Execute(t, fakerig.Create(t), f)
	if got, _ := v.Summary("b", metric.MemoryMean); got.Mean != 400e6 || v.MemoryBasis != metric.BasisCharged {
		t.Errorf("memory of b is %v by %s, want 400 MB charged", got.Mean, v.MemoryBasis)
	}
}

// TestGapOfMemory: samples without a reading of memory leave a gap in the
// window.
func TestGapOfMemory(t *testing.T) {
	tests := []struct {
		name string
		how  func(i int, one *metric.Sample)
		want metric.Code
		is   verdict.Outcome
	}{
		{"a hole", func(i int, one *metric.Sample) {
			if i > 6 {
				one.Cgroup = nil
			}
		}, metric.MemoryUnseen, verdict.Invalid},
		{"swapped out", func(i int, one *metric.Sample) {
			swap := uint64(700e6)
			one.Processes = []metric.Process{{PID: 1, Swap: &swap}}
		}, metric.Swapped, verdict.Invalid},
		{"a worker killed", func(i int, one *metric.Sample) {
			kills := uint64(2)
			one.Cgroup.OOMKills = &kills
		}, metric.OutOfMemory, verdict.Failed},
		{"an old kernel", func(i int, one *metric.Sample) { one.Cgroup.Kernel = nil }, metric.MemoryUnseen, verdict.Invalid},
		{"a reason given", func(i int, one *metric.Sample) { one.Cgroup, one.Missing = nil, []string{"cgroup: permission denied"} }, metric.MemoryUnseen, verdict.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fakerig.New()
			f.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) { fakerig.SpoilSamples(s, tt.how) }
			v := fakerig.Execute(t, fakerig.Create(t), f)
			if v.Outcome != tt.is || !fakerig.Has(v.Reasons, tt.want) {
				t.Errorf("%s, reasons %q; want %s, %s", v.Outcome, v.Reasons, tt.is, tt.want)
			}
		})
	}
}

// growing returns a machine on which b gains 1 MB a second.
func growing() *fakerig.Rig {
	f := fakerig.New()
	f.Memory = func(experiment.TrialPlan) uint64 { return 50e6 }
	f.Spoil = func(p experiment.TrialPlan, s *experiment.Subject) {
		fakerig.SpoilSamples(s, func(i int, one *metric.Sample) {
			if p.Arm.Name == "b" {
				one.Cgroup.Anon += uint64(i) * 1e6
			}
		})
	}
	return f
}

// TestDriftOfMemoryIsNoted: memory grows by 1 MB a second, so by 20 kB a request
// at 50/s: 20 MB per 1,000.
func TestDriftOfMemoryIsNoted(t *testing.T) {
	f := growing()
	v := fakerig.Execute(t, fakerig.Create(t), f)
	if got, _ := v.Summary("b", metric.MemoryGrowth); math.Abs(got.Mean-20e6) > 1 {
		t.Errorf("growth is %v bytes per 1,000 requests, want 20e6", got.Mean)
	}
	notes := strings.Join(fakerig.Claim(t, v, "less").Notes, "\n")
	if !strings.Contains(notes, "Memory of b was not steady: it changed by +1") || strings.Contains(notes, "Memory of a") {
		t.Errorf("notes:\n%s\nwant one of b's growth, none of a's", notes)
	}
}

// TestClaimsThatRequireSteadyMemory: b grows by about a fifth of its mean.
func TestClaimsThatRequireSteadyMemory(t *testing.T) {
	for limit, want := range map[string]verdict.Outcome{"10%": verdict.Invalid, "30%": verdict.Inconclusive} {
		f := growing()
		v := fakerig.Execute(t, fakerig.Create(t, "metric: memory.mean", "metric: memory.mean, steady: "+limit), f)
		c := fakerig.Claim(t, v, "less")
		if (c.Outcome == verdict.Invalid) != (want == verdict.Invalid) {
			t.Errorf("steady %s: %s %s", limit, c.Outcome, c.Because)
		}
		if c.Outcome == verdict.Invalid && (!strings.Contains(c.Because, "memory of b changed by +") || c.Estimate != nil || v.Outcome != verdict.Invalid) {
			t.Errorf("%s, because %q, estimate %v", v.Outcome, c.Because, c.Estimate)
		}
	}
}

// TestMeasureTellsASlowServiceFromASlowGenerator: if all workers of the generator wait
// for the service, the service is at fault.
func TestMeasureTellsASlowServiceFromASlowGenerator(t *testing.T) {
	f := fakerig.New()
	f.Lag = time.Second
	f.Report = func(r *record.LoadReport) { r.MostInFlight = 512 }
	v := fakerig.Execute(t, fakerig.Create(t), f)
	if !fakerig.Has(v.Reasons, metric.TooSlow) || fakerig.Has(v.Reasons, metric.GeneratorBehind) {
		t.Errorf("reasons %q, want %s", v.Reasons, metric.TooSlow)
	}
}

// TestMeasureFailuresAreNotFast: a quick refusal counts as its time-out.
func TestMeasureFailuresAreNotFast(t *testing.T) {
	f := fakerig.New()
	f.Status = func(seq uint64) int { return 200 + 303*int(seq%2) }
	v := fakerig.Execute(t, fakerig.Create(t, "idle: 2s", "idle: 2s\n  max_errors: 60%"), f)
	if got := v.Trials[0].Figures["latency.p75"]; got != 0 {
		t.Fatal("p75 is not among the figures of a scenario that does not claim it")
	}
	if got := v.Trials[0].Figures["latency.p50"]; got != 0.010 {
		t.Errorf("p50 is %v s: the faster half was answered in 0.010 s", got)
	}
	v = fakerig.Execute(t, fakerig.Create(t, "idle: 2s", "idle: 2s\n  max_errors: 60%", "latency.p50", "latency.p75"), f)
	if got := v.Trials[0].Figures["latency.p75"]; got != 30 {
		t.Errorf("p75 is %v s, want the 30 s of the time-out", got)
	}
}

// TestJudgeEquals: a count is the same in every block, or the claim is refuted; without
// scatter there is no test.
func TestJudgeEquals(t *testing.T) {
	for count, want := range map[float64]verdict.Outcome{3: verdict.Proven, 4: verdict.Refuted} {
		f := fakerig.New()
		f.Counters = func(experiment.TrialPlan, bool) record.Counters { return record.Counters{"service.workers": count} }
		v := fakerig.Execute(t, fakerig.Create(t, "blocks: 6", "blocks: 6\ncounters_path: /c", "metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}", "metric: service.workers, variant: b, value: {equals: 3}"), f)
		c := fakerig.Claim(t, v, "less")
		if c.Outcome != want || c.ShowBound() != "exactly 3" {
			t.Errorf("%v workers: %s, %s, notes %q", count, c.Outcome, c.ShowBound(), c.Notes)
		}
		if c.Count == nil || c.Count.Trials != 6 || (c.Count.Outside > 0) != (want == verdict.Refuted) {
			t.Errorf("count %+v", c.Count)
		}
	}
}

// TestOrWithin: b answers in 14 ms and a in 10, a ratio of 1.4.
func TestOrWithin(t *testing.T) {
	for margin, want := range map[string]verdict.Outcome{"3ms": verdict.Refuted, "5ms": verdict.Proven} {
		f := fakerig.New()
		f.Latency = func(p experiment.TrialPlan) time.Duration {
			return map[string]time.Duration{"a": 10 * time.Millisecond, "b": 14 * time.Millisecond}[p.Arm.Name]
		}
		v := fakerig.Execute(t, fakerig.Create(t, "ratio: {at_most: 1.1}", "ratio: {at_most: 1.1, or_within: "+margin+"}"), f)
		c := fakerig.Claim(t, v, "fast")
		if notes := strings.Join(c.Notes, "\n"); c.Outcome != want || !strings.Contains(notes, "or_within, "+strings.TrimSuffix(margin, "ms")) {
			t.Errorf("or_within %s: %s, claimed %s, notes %q", margin, c.Outcome, c.ShowBound(), notes)
		}
	}
}

func TestJudgeWithoutClaims(t *testing.T) {
	text, _, _ := strings.Cut(fakerig.Text, "claims:")
	run, err := record.CreateRun(t.TempDir()+"/run", []byte(text), record.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	if v := fakerig.Execute(t, run, fakerig.New()); v.Outcome != verdict.NothingClaimed || len(v.Reasons) != 0 {
		t.Errorf("%s, reasons %q; want MEASURED: nothing is claimed", v.Outcome, v.Reasons)
	}
}
