package experiment_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
)

// TestExecuteReadsNoiseBeforeEachTrial: it takes a reading while no part of the trial runs,
// a single one if the machine is quiet.
func TestExecuteReadsNoiseBeforeEachTrial(t *testing.T) {
	f := fakerig.New()
	f.Quiet = func() metric.Noise { return fakerig.OtherCPU(0.05) } // exactly the limit
	run := fakerig.Create(t)
	v := fakerig.Execute(t, run, f)
	if got := strings.Join(f.Calls[:4], ", "); !strings.HasPrefix(got, "quiet, start ") {
		t.Errorf("a trial begins with %s", got)
	}
	if n := fakerig.Count(f.Calls, "quiet"); n != 22 || v.Outcome != verdict.Proven {
		t.Errorf("%d readings for 22 trials, %s", n, v.Outcome)
	}
	if n := run.Trials[0].Noise; len(n.Before) != 1 || *n.Before[0].OtherCPU != 0.05 || n.Rejected != 0 {
		t.Errorf("the trial keeps %+v", n)
	}
}

// TestExecuteWaitsForAQuietMachine: two readings are refused, the third is accepted.
func TestExecuteWaitsForAQuietMachine(t *testing.T) {
	f := fakerig.New()
	readings := 0
	f.Quiet = func() metric.Noise {
		if readings++; readings < 3 {
			return fakerig.OtherCPU(0.6)
		}
		return fakerig.OtherCPU(0.01)
	}
	run := fakerig.Create(t)
	v := fakerig.Execute(t, run, f)
	if n := run.Trials[0].Noise; len(n.Before) != 3 || n.Rejected != 2 || v.Outcome != verdict.Proven || len(v.Trials) != 22 {
		t.Errorf("%+v, %s after %d trials; want 2 of 3 readings refused, and nothing repeated", n, v.Outcome, len(v.Trials))
	}
	if n := fakerig.Count(f.Calls, "sleep 2s"); n != 22+2 { // each trial is also idle for 2 s
		t.Errorf("%d pauses of 2 s, want 22 of the trials and 2 between readings", n)
	}
}

// TestExecuteRepeatsANoisyBlock: every trial of a block waits in vain, and its figures
// of time do not count. The trials are run again.
func TestExecuteRepeatsANoisyBlock(t *testing.T) {
	f := fakerig.New()
	readings := 0
	f.Quiet = func() metric.Noise {
		if readings++; readings <= 3*4 { // four for each trial of the first block
			n := fakerig.OtherCPU(0.23)
			n.Programs = []metric.ProgramCPU{{Name: "cc1", PIDs: 4, Cores: 0.2}, {Name: "make", PIDs: 1, Cores: 0.03}}
			return n
		}
		return fakerig.OtherCPU(0)
	}
	var lengths []time.Duration
	f.Change = func(r *experiment.Rig) {
		quiet := r.Quiet
		r.Quiet = func(ctx context.Context, length time.Duration) (metric.Noise, error) {
			lengths = append(lengths, length)
			return quiet(ctx, length)
		}
	}
	run := fakerig.Create(t, "blocks: 6", "blocks: 6\nmax_repeats: 3\nnoise: {max_wait: 7s, reading: 200ms}")
	v := fakerig.Execute(t, run, f)
	if lengths[0] != 200*time.Millisecond {
		t.Errorf("a reading of %v, want 200ms", lengths[0])
	}
	first := run.Trials[0]
	if want := "noisy neighbour: other CPU 23% of a core, at most 5% allowed; most by cc1 (4 processes) 20%, make 3% of a core: stop these programs, or allow more with noise.other_cpu"; len(first.Broken) != 1 || first.Broken[0].Code != metric.NoisyNeighbour || first.Broken[0].Text != want {
		t.Errorf("the first trial is broken by %q, want %q", first.Broken, want)
	}
	if first.Noise.Rejected != 4 || len(v.Trials) != 6*3+4+3 || v.Outcome != verdict.Proven || len(v.Disturbed) != 1 {
		t.Errorf("%d readings refused, %d trials, %s, disturbed %q; want 4 within 7 s, 25 and PROVEN", first.Noise.Rejected, len(v.Trials), v.Outcome, v.Disturbed)
	}
}

func TestExecuteEndsWhenTheReadingFails(t *testing.T) {
	f := fakerig.New()
	rig := f.Rig()
	broken := errors.New("no such clock")
	rig.Quiet = func(context.Context, time.Duration) (metric.Noise, error) { return metric.Noise{}, broken }
	run := fakerig.Create(t)
	if err := experiment.Conduct(t.Context(), design.Of(run), run, rig); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if len(f.Calls) > 0 {
		t.Errorf("and still: %q", f.Calls)
	}
}

// TestExecuteWaitsOnlyForWhatDependsOnQuiet: memory does not depend on a busy
// neighbour, so it does not wait. After a whole block of vain waits it does not wait
// either.
func TestExecuteWaitsOnlyForWhatDependsOnQuiet(t *testing.T) {
	_, claims, _ := strings.Cut(fakerig.Text, "claims:\n")
	_, fast, _ := strings.Cut(claims, "\n")
	const noise = "blocks: 6\nnoise: {max_wait: 7s}"
	tests := []struct {
		name    string
		yaml    []string
		outcome verdict.Outcome
		fast    verdict.Outcome
	}{
		{"a claim of memory alone", []string{fast, "", "blocks: 6", noise}, verdict.Proven, ""},
		{"a claim of latency too", []string{"blocks: 6", noise}, verdict.Invalid, verdict.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fakerig.New()
			f.Quiet = func() metric.Noise { return fakerig.OtherCPU(1) }
			run := fakerig.Create(t, tt.yaml...)
			v := fakerig.Execute(t, run, f)
			if v.Outcome != tt.outcome || fakerig.Claim(t, v, "less").Outcome != verdict.Proven {
				t.Errorf("%s, less %s: %q", v.Outcome, fakerig.Claim(t, v, "less").Outcome, v.Reasons)
			}
			if tt.fast != "" && fakerig.Claim(t, v, "fast").Outcome != tt.fast {
				t.Errorf("fast is %s", fakerig.Claim(t, v, "fast").Outcome)
			}
			for _, tr := range run.Trials {
				waits := tt.fast != "" && tr.Block == 1
				if n := len(tr.Noise.Before); n != map[bool]int{true: 4, false: 1}[waits] {
					t.Errorf("block %d, %s: %d readings", tr.Block, tr.Variant, n)
				}
			}
		})
	}
}
