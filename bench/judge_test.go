package bench_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench"
)

// wobble is a deterministic scatter of about ±1% from block to block.
func wobble(block int) float64 { return 1 + 0.01*math.Sin(float64(7*block)) }

// memoryOf gives a and b a level each, with scatter on b.
func memoryOf(a, b float64) func(bench.TrialPlan) uint64 {
	return func(p bench.TrialPlan) uint64 {
		if p.Variant.Name == "a" {
			return uint64(a)
		}
		return uint64(b * wobble(p.Block))
	}
}

func claim(t *testing.T, v *bench.Verdict, id string) bench.ClaimVerdict {
	t.Helper()
	for _, c := range v.Claims {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("no claim %q", id)
	return bench.ClaimVerdict{}
}

// TestJudgeOutcomes has each answer given once.
func TestJudgeOutcomes(t *testing.T) {
	tests := []struct {
		name string
		b    float64 // memory of b, where a has 1000 MB and at least 50% less is claimed
		want bench.Outcome
		exit int
	}{
		{"well below", 400e6, bench.Proven, 0},
		{"above", 600e6, bench.Refuted, 1},
		{"at the bound", 500e6, bench.Inconclusive, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFakeRig()
			f.memory = memoryOf(1000e6, tt.b)
			v := execute(t, create(t), f)
			c := claim(t, v, "less")
			if c.Outcome != tt.want || v.Outcome != tt.want || v.Outcome.ExitCode() != tt.exit {
				t.Errorf("claim %s, run %s, exit %d; want %s and %d: %s", c.Outcome, v.Outcome, v.Outcome.ExitCode(), tt.want, tt.exit, c.Because)
			}
			if want := 1 - tt.b/1000e6; math.Abs(*c.Estimate-want) > 0.01 || *c.Low > want || *c.High < want {
				t.Errorf("estimate %v (%v to %v), want about %v inside", *c.Estimate, *c.Low, *c.High, want)
			}
			if tt.want == bench.Inconclusive && c.MoreBlocks < 1 {
				t.Error("does not say how many more blocks would decide it")
			}
		})
	}
}

// TestJudgeReductionByHand checks the interval against the formula worked out
// on paper: two values of ln(b/a), t with 5 degrees of freedom is 2.570582.
func TestJudgeReductionByHand(t *testing.T) {
	f := newFakeRig()
	levels := []float64{400e6, 420e6, 380e6, 410e6, 390e6, 400e6}
	f.memory = func(p bench.TrialPlan) uint64 {
		if p.Variant.Name == "a" {
			return 1000e6
		}
		return uint64(levels[p.Block-1])
	}
	c := claim(t, execute(t, create(t), f), "less")
	var sum, squares float64
	for _, l := range levels {
		r := math.Log(l / 1000e6)
		sum, squares = sum+r, squares+r*r
	}
	mean := sum / 6
	half := 2.570582 * math.Sqrt((squares-6*mean*mean)/5) / math.Sqrt(6)
	for _, x := range []struct{ got, want float64 }{
		{*c.Estimate, 1 - math.Exp(mean)}, {*c.Low, 1 - math.Exp(mean+half)}, {*c.High, 1 - math.Exp(mean-half)},
	} {
		if math.Abs(x.got-x.want) > 1e-6 {
			t.Errorf("got %v, want %v", x.got, x.want)
		}
	}
	if *c.SignFlipP != 2.0/64 {
		t.Errorf("sign-flip p %v, want the smallest that 6 blocks allow, 1/32", *c.SignFlipP)
	}
}

// TestJudgeNonInferiority: that a difference is not significant is no proof.
func TestJudgeNonInferiority(t *testing.T) {
	slower := func(factor, scatter float64) func(bench.TrialPlan) time.Duration {
		return func(p bench.TrialPlan) time.Duration {
			if p.Variant.Name == "a" {
				return 10 * time.Millisecond
			}
			return time.Duration(factor * (1 + scatter*(wobble(p.Block)-1)/0.01) * float64(10*time.Millisecond))
		}
	}
	tests := []struct {
		name    string
		latency func(bench.TrialPlan) time.Duration
		want    bench.Outcome
	}{
		{"as fast", slower(1, 0.01), bench.Proven},
		{"slower than the margin", slower(1.3, 0.01), bench.Refuted},
		{"as fast, but too scattered to say", slower(1, 0.3), bench.Inconclusive},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFakeRig()
			f.latency = tt.latency
			v := execute(t, create(t), f)
			if c := claim(t, v, "fast"); c.Outcome != tt.want || v.Outcome != tt.want {
				t.Errorf("%s, run %s; want %s: %s", c.Outcome, v.Outcome, tt.want, c.Because)
			}
		})
	}
}

// TestJudgeRefuses has each validity rule fire once, in every trial. What spoils a
// metric leaves the claims on others their answers.
func TestJudgeRefuses(t *testing.T) {
	const both = "less fast"
	tests := []struct {
		name    string
		spoil   func(f *fakeRig, s *bench.Subject)
		yaml    []string
		code    bench.Code
		invalid string // claims without an answer
	}{
		{"generator behind", func(f *fakeRig, s *bench.Subject) { f.lag = 30 * time.Millisecond }, nil, bench.GeneratorBehind, "fast"},
		{"work refused", func(f *fakeRig, s *bench.Subject) {
			f.status = func(seq uint64) int { return 200 + 200*int(seq%4/3) }
		}, nil, bench.RequestsFailed, both},
		{"mislabelled", func(f *fakeRig, s *bench.Subject) {
			s.Describe = func(context.Context) (map[string]string, error) { return map[string]string{"workers": "9"}, nil }
		}, []string{"build: ./b", "build: ./b, expect: {workers: 3}", "build: ./a", "build: ./a, expect: {workers: 3}", "blocks: 6", "blocks: 6\ndescribe: /what"}, bench.Mislabelled, both},
		{"died", func(f *fakeRig, s *bench.Subject) { exits(s, bench.Exit{Code: 2, Unasked: true, LastLines: "panic"}) }, nil, bench.EndedUnasked, both},
		{"killed for memory", func(f *fakeRig, s *bench.Subject) { exits(s, bench.Exit{OOMKilled: true}) }, nil, bench.OutOfMemory, both},
		{"row missing", func(f *fakeRig, s *bench.Subject) {
			n := -1.0
			s.Count = func(context.Context) (bench.Counters, error) { n++; return bench.Counters{"ledger.rows": 599 * n}, nil }
		}, nil, bench.WorkLost, both},
		{"more rows than lost answers", func(f *fakeRig, s *bench.Subject) {
			f.status = func(seq uint64) int { return 200 * int(min(seq, 1)) } // the first has no answer
			n := -1.0
			s.Count = func(context.Context) (bench.Counters, error) { n++; return bench.Counters{"ledger.rows": 601 * n}, nil }
		}, nil, bench.WorkLost, both},
		{"rows uncounted", func(f *fakeRig, s *bench.Subject) {}, []string{"blocks: 6", "blocks: 6\ndatabase: {rows: SELECT 1}"}, bench.CountMissing, both},
		{"no samples", func(f *fakeRig, s *bench.Subject) {
			sample := s.Sample
			s.Sample = func(ctx context.Context, _ func(bench.Sample) error) error {
				return sample(ctx, func(bench.Sample) error { return nil })
			}
		}, nil, bench.MemoryUnseen, "less"},
		{"sampler gone", func(f *fakeRig, s *bench.Subject) {
			sample := s.Sample
			s.Sample = func(ctx context.Context, sink func(bench.Sample) error) error {
				if err := sample(ctx, sink); err != nil {
					return err
				}
				return context.DeadlineExceeded
			}
		}, nil, bench.SamplerStopped, "less"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFakeRig()
			f.spoil = func(p bench.TrialPlan, s *bench.Subject) { tt.spoil(f, s) }
			v := execute(t, create(t, tt.yaml...), f)
			if v.Outcome != bench.Invalid || v.Outcome.ExitCode() != 4 || v.Void != (tt.invalid == both) {
				t.Errorf("outcome %s, void %t; want INVALID", v.Outcome, v.Void)
			}
			for _, c := range v.Claims {
				if want := strings.Contains(tt.invalid, c.ID); want && (c.Outcome != bench.Invalid || c.Estimate != nil || c.PerBlock != nil) {
					t.Errorf("claim %s is %s with a figure: %+v; want INVALID and none", c.ID, c.Outcome, c)
				} else if !want && c.Outcome != bench.Proven {
					t.Errorf("claim %s is %s, want PROVEN: nothing spoils its metric", c.ID, c.Outcome)
				}
			}
			if !has(v.Reasons, tt.code) {
				t.Errorf("reasons %q, want %s", codes(v.Reasons), tt.code)
			}
			if n := len(v.Reasons); n != len(slices.Compact(codes(v.Reasons))) {
				t.Errorf("a reason stands twice: %q", v.Reasons)
			}
		})
	}
}

// TestJudgeTakesAnAbruptStop: a program without a handler for the signal is ended
// by the kernel, or by its runtime with a status. All its figures are in by then.
func TestJudgeTakesAnAbruptStop(t *testing.T) {
	for _, exit := range []bench.Exit{{Code: 1}, {Code: 2}, {Code: -1, Signal: 9}, {Code: 137}} {
		f := newFakeRig()
		f.spoil = func(_ bench.TrialPlan, s *bench.Subject) { exits(s, exit) }
		v := execute(t, create(t), f)
		if v.Outcome != bench.Proven || !slices.Equal(codes(v.Notes), []bench.Code{bench.AbruptStop}) || len(v.Reasons) > 0 {
			t.Errorf("%+v: %s, notes %q, reasons %q; want PROVEN and one note", exit, v.Outcome, v.Notes, v.Reasons)
		}
	}
}

// TestAbruptStopNamesItsRemedy: the note names the signal that was sent, TERM where
// the scenario names none, and one that was killed after the grace gets the
// remedy, which the progress line shows once.
func TestAbruptStopNamesItsRemedy(t *testing.T) {
	const handles, remedy = "it does not handle TERM, or fails at it", "stop: {signal: KILL}"
	for i, tt := range []struct {
		exit     bench.Exit
		scenario []string
		want     string // in the note; empty: no note
		told     int    // notes on the progress line
	}{
		{exit: bench.Exit{Code: 1}, want: "asked to stop with TERM, it ended with status 1: " + handles},
		{exit: bench.Exit{Code: -1, Signal: 9}, want: "stop.grace (45s) and was killed: in each trial " + remedy, told: 1},
		{exit: bench.Exit{Code: 137}, want: remedy, told: 1},
		{exit: bench.Exit{Code: 137}, scenario: []string{"load:\n", "stop: {signal: INT, grace: 3s}\nload:\n"}, want: "asked to stop with INT, it did not end within stop.grace (3s)", told: 1},
		{exit: bench.Exit{Code: -1, Signal: 9}, scenario: []string{"load:\n", "stop: {signal: KILL}\nload:\n"}},
		{exit: bench.Exit{Code: -1, Signal: 15}},
	} {
		f := newFakeRig()
		f.discard = i%2 == 0 // a discarded trial tells it first
		f.spoil = func(_ bench.TrialPlan, s *bench.Subject) { exits(s, tt.exit) }
		run := create(t, tt.scenario...)
		v := execute(t, run, f)
		if tt.want == "" && len(v.Notes) > 0 || tt.want != "" && (len(v.Notes) != 1 || !strings.Contains(v.Notes[0].Text, tt.want)) {
			t.Errorf("%+v: notes %q, want %q", tt.exit, v.Notes, tt.want)
		}
		told := 0
		for _, note := range f.notes {
			if strings.Contains(note, remedy) {
				told++
			}
		}
		if told != tt.told {
			t.Errorf("%+v: told %d times, want %d", tt.exit, told, tt.told)
		}
	}
}

// A row whose answer was lost may be there or not: the loss is an error already.
func TestJudgeRowsOfLostAnswers(t *testing.T) {
	for _, rows := range []float64{599, 600} {
		f := newFakeRig()
		f.status = func(seq uint64) int { return 200 * int(min(seq, 1)) } // the first has no answer
		f.counters = func(_ bench.TrialPlan, loaded bool) bench.Counters {
			return bench.Counters{"ledger.rows": map[bool]float64{true: rows}[loaded]}
		}
		if v := execute(t, create(t), f); v.Outcome == bench.Invalid {
			t.Errorf("%.0f rows: %q", rows, v.Reasons)
		}
	}
}

func exits(s *bench.Subject, how bench.Exit) {
	stop := s.Stop
	s.Stop = func(ctx context.Context) (bench.Exit, error) {
		_, err := stop(ctx)
		return how, err
	}
}

// TestJudgeUnfinishedRun: what was measured is shown, nothing is decided.
func TestJudgeUnfinishedRun(t *testing.T) {
	f := newFakeRig()
	run := create(t)
	execute(t, run, f)
	again, err := bench.OpenRun(run.Dir)
	if err != nil {
		t.Fatal(err)
	}
	again.Trials = again.Trials[:2*5+3]
	v, err := bench.Judge(again)
	if err != nil {
		t.Fatal(err)
	}
	c := claim(t, v, "less")
	if v.Outcome != bench.Inconclusive || c.Outcome != bench.Inconclusive || c.Estimate == nil || c.MoreBlocks != 3 {
		t.Errorf("%s, claim %+v; want INCONCLUSIVE with an estimate and 3 more blocks", v.Outcome, c)
	}
}

func TestMeasureLeavesOutQuantilesWithoutHits(t *testing.T) {
	v := execute(t, create(t), newFakeRig())
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
	f := newFakeRig()
	f.memory = memoryOf(1000e6, 480e6)
	run := create(t)
	first := execute(t, run, f)
	again, err := bench.OpenRun(run.Dir)
	if err != nil {
		t.Fatal(err)
	}
	second, err := bench.Judge(again)
	if err != nil {
		t.Fatal(err)
	}
	dirs := []string{t.TempDir(), t.TempDir()}
	for i, v := range []*bench.Verdict{first, second} {
		if err := v.Write(dirs[i]); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := read(t, dirs[0]+"/verdict.json"), read(t, dirs[1]+"/verdict.json"); a != b {
		t.Errorf("two judgements differ:\n%s\n%s", a, b)
	}
}

// TestJudgeClaimThatWasNotMeasured: the run is sound, the claim has no figure.
func TestJudgeClaimThatWasNotMeasured(t *testing.T) {
	v := execute(t, create(t, "metric: memory.mean", "metric: pss.mean"), newFakeRig())
	if v.Outcome != bench.Invalid || !slices.Equal(codes(v.Reasons), []bench.Code{bench.ClaimUnanswered}) || claim(t, v, "less").Outcome != bench.Invalid || claim(t, v, "fast").Outcome != bench.Proven {
		t.Errorf("%s, reasons %q; want INVALID with the claim and why", v.Outcome, v.Reasons)
	}
}

func TestShowHasNoMinusZero(t *testing.T) {
	c := bench.ClaimVerdict{Comparison: bench.Difference, Metric: bench.Errors}
	for x, want := range map[float64]string{-1e-9: "0.00%", 0: "0.00%", -0.012: "-1.20%"} {
		if got := c.Show(x); got != want {
			t.Errorf("%v is shown as %q, want %q", x, got, want)
		}
	}
}

// TestMeasureErrors: a few failures are a figure, and no reason to drop a trial.
func TestMeasureErrors(t *testing.T) {
	f := newFakeRig()
	f.status = func(seq uint64) int {
		if seq%25 == 0 {
			return 503
		}
		return 200
	}
	v := execute(t, create(t), f)
	if got := v.Trials[0].Figures[bench.Errors]; got != 0.04 || v.Outcome != bench.Proven {
		t.Errorf("errors %v, %s; want 0.04 and PROVEN", got, v.Outcome)
	}
}

// spoilSamples changes every sample on its way to disk; i counts them.
func spoilSamples(s *bench.Subject, how func(i int, sample *bench.Sample)) {
	sample, i := s.Sample, 0
	s.Sample = func(ctx context.Context, sink func(bench.Sample) error) error {
		return sample(ctx, func(one bench.Sample) error {
			how(i, &one)
			i++
			return sink(one)
		})
	}
}

// TestMeasureNeverMixesMemory: where the container's charge was not read, PSS
// does not fill the gap.
func TestMeasureNeverMixesMemory(t *testing.T) {
	f := newFakeRig()
	pss := uint64(3000e6)
	f.spoil = func(_ bench.TrialPlan, s *bench.Subject) {
		spoilSamples(s, func(i int, one *bench.Sample) {
			one.Processes = []bench.Process{{PID: 1, PSS: &pss, RSS: pss}}
			if i%2 == 1 {
				one.Cgroup = nil
			}
		})
	}
	v := execute(t, create(t), f)
	if got, _ := v.Summary("b", bench.MemoryMean); got.Mean != 400e6 || v.MemoryBasis != bench.BasisCharged {
		t.Errorf("memory of b is %v by %s, want 400 MB charged", got.Mean, v.MemoryBasis)
	}
}

// TestMeasureWantsMemoryAllAlong: samples without the headline don't count as
// having watched.
func TestMeasureWantsMemoryAllAlong(t *testing.T) {
	tests := []struct {
		name string
		how  func(i int, one *bench.Sample)
		want bench.Code
	}{
		{"a hole", func(i int, one *bench.Sample) {
			if i > 6 {
				one.Cgroup = nil
			}
		}, bench.MemoryUnseen},
		{"swapped out", func(i int, one *bench.Sample) {
			swap := uint64(700e6)
			one.Processes = []bench.Process{{PID: 1, Swap: &swap}}
		}, bench.Swapped},
		{"a worker killed", func(i int, one *bench.Sample) {
			kills := uint64(2)
			one.Cgroup.OOMKills = &kills
		}, bench.OutOfMemory},
		{"an old kernel", func(i int, one *bench.Sample) { one.Cgroup.Kernel = nil }, bench.MemoryUnseen},
		{"a reason given", func(i int, one *bench.Sample) { one.Cgroup, one.Missing = nil, []string{"cgroup: permission denied"} }, bench.MemoryUnseen},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFakeRig()
			f.spoil = func(_ bench.TrialPlan, s *bench.Subject) { spoilSamples(s, tt.how) }
			v := execute(t, create(t), f)
			if v.Outcome != bench.Invalid || !has(v.Reasons, tt.want) {
				t.Errorf("%s, reasons %q, want %s", v.Outcome, v.Reasons, tt.want)
			}
		})
	}
}

// growing is a machine on which b gains 1 MB a second.
func growing() *fakeRig {
	f := newFakeRig()
	f.memory = func(bench.TrialPlan) uint64 { return 50e6 }
	f.spoil = func(p bench.TrialPlan, s *bench.Subject) {
		spoilSamples(s, func(i int, one *bench.Sample) {
			if p.Variant.Name == "b" {
				one.Cgroup.Anon += uint64(i) * 1e6
			}
		})
	}
	return f
}

// TestJudgeSaysWhatHadNotSettled has memory grow by 1 MB a second, so by 20 kB
// a request at 50/s: 20 MB for 1,000.
func TestJudgeSaysWhatHadNotSettled(t *testing.T) {
	f := growing()
	v := execute(t, create(t), f)
	if got, _ := v.Summary("b", bench.MemoryGrowth); math.Abs(got.Mean-20e6) > 1 {
		t.Errorf("growth is %v bytes per 1,000 requests, want 20e6", got.Mean)
	}
	notes := strings.Join(claim(t, v, "less").Notes, "\n")
	if !strings.Contains(notes, "Memory of b was not steady: it moved by +1") || strings.Contains(notes, "Memory of a") {
		t.Errorf("notes:\n%s\nwant one of b's growth, none of a's", notes)
	}
}

// TestJudgeClaimsThatAskForSteadyMemory: b grows by about a fifth of its mean.
func TestJudgeClaimsThatAskForSteadyMemory(t *testing.T) {
	for limit, want := range map[string]bench.Outcome{"10%": bench.Invalid, "30%": bench.Inconclusive} {
		f := growing()
		v := execute(t, create(t, "metric: memory.mean", "metric: memory.mean, steady: "+limit), f)
		c := claim(t, v, "less")
		if (c.Outcome == bench.Invalid) != (want == bench.Invalid) {
			t.Errorf("steady %s: %s %s", limit, c.Outcome, c.Because)
		}
		if c.Outcome == bench.Invalid && (!strings.Contains(c.Because, "steady within 10.0%, and that of b moved by +") || c.Estimate != nil || v.Outcome != bench.Invalid) {
			t.Errorf("%s, because %q, estimate %v", v.Outcome, c.Because, c.Estimate)
		}
	}
}

// TestMeasureTellsASlowServiceFromASlowGenerator: if all its workers wait for
// the service, the generator is not to blame.
func TestMeasureTellsASlowServiceFromASlowGenerator(t *testing.T) {
	f := newFakeRig()
	f.lag, f.inFlight = time.Second, 512
	v := execute(t, create(t), f)
	if !has(v.Reasons, bench.TooSlow) || has(v.Reasons, bench.GeneratorBehind) {
		t.Errorf("reasons %q, want %s", v.Reasons, bench.TooSlow)
	}
}

// TestMeasureFailuresAreNotFast: turning requests away quickly is no speed.
func TestMeasureFailuresAreNotFast(t *testing.T) {
	f := newFakeRig()
	f.status = func(seq uint64) int { return 200 + 303*int(seq%2) }
	v := execute(t, create(t, "idle: 2s", "idle: 2s\n  max_errors: 60%"), f)
	if got := v.Trials[0].Figures["latency.p75"]; got != 0 {
		t.Fatal("p75 is not among the figures of a scenario that does not claim it")
	}
	if got := v.Trials[0].Figures["latency.p50"]; got != 0.010 {
		t.Errorf("p50 is %v s: the faster half was answered in 0.010 s", got)
	}
	v = execute(t, create(t, "idle: 2s", "idle: 2s\n  max_errors: 60%", "latency.p50", "latency.p75"), f)
	if got := v.Trials[0].Figures["latency.p75"]; got != 30 {
		t.Errorf("p75 is %v s, want the 30 s of the time-out", got)
	}
}

// TestJudgeEquals: what is counted is the same in every block, or the claim is
// refuted; there is no scatter that a test could be asked about.
func TestJudgeEquals(t *testing.T) {
	for count, want := range map[float64]bench.Outcome{3: bench.Proven, 4: bench.Refuted} {
		f := newFakeRig()
		f.counters = func(bench.TrialPlan, bool) bench.Counters { return bench.Counters{"service.workers": count} }
		v := execute(t, create(t, "blocks: 6", "blocks: 6\ncounters: /c", "metric: memory.mean, of: b, against: a, reduction: {at_least: 50%}", "metric: service.workers, of: b, value: {equals: 3}"), f)
		c := claim(t, v, "less")
		if c.Outcome != want || c.ShowBound() != "exactly 3" {
			t.Errorf("%v workers: %s, %s, notes %q", count, c.Outcome, c.ShowBound(), c.Notes)
		}
		if c.SignFlipP != nil || c.Count == nil || c.Count.Trials != 6 || (c.Count.Outside > 0) != (want == bench.Refuted) {
			t.Errorf("p %v, count %+v", c.SignFlipP, c.Count)
		}
	}
}

// TestJudgeFloor: b answers in 14 ms and a in 10, a ratio of 1.4.
func TestJudgeFloor(t *testing.T) {
	for floor, want := range map[string]bench.Outcome{"3ms": bench.Refuted, "5ms": bench.Proven} {
		f := newFakeRig()
		f.latency = func(p bench.TrialPlan) time.Duration {
			return map[string]time.Duration{"a": 10 * time.Millisecond, "b": 14 * time.Millisecond}[p.Variant.Name]
		}
		v := execute(t, create(t, "ratio: {at_most: 1.1}", "ratio: {at_most: 1.1, floor: "+floor+"}"), f)
		c := claim(t, v, "fast")
		if notes := strings.Join(c.Notes, "\n"); c.Outcome != want || !strings.Contains(notes, "the floor, "+strings.TrimSuffix(floor, "ms")) {
			t.Errorf("a floor of %s: %s, claimed %s, notes %q", floor, c.Outcome, c.ShowBound(), notes)
		}
	}
}

func TestJudgeWithoutClaims(t *testing.T) {
	text, _, _ := strings.Cut(scenario, "claims:")
	run, err := bench.CreateRun(t.TempDir()+"/run", []byte(text), bench.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	if v := execute(t, run, newFakeRig()); v.Outcome != bench.Recorded || len(v.Reasons) != 0 {
		t.Errorf("%s, reasons %q; want MEASURED: nothing is claimed", v.Outcome, v.Reasons)
	}
}
