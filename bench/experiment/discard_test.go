package experiment_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// twice adds a third variant with the image of the first.
var twice = []string{"  - {name: b, build: ./b}", "  - {name: b, build: ./b}\n  - {name: c, build: ./a, args: [-x]}"}

// TestDiscardedTrials: there is one per image, before the first block that runs, and no
// figure includes it.
func TestDiscardedTrials(t *testing.T) {
	f := fakerig.New()
	f.Change = discard
	run := fakerig.Create(t, twice...)
	want := []string{"start a", "load fake://a", "stop a", "start b", "load fake://b", "stop b"}
	fakerig.Execute(t, run, f)
	if len(f.Calls) < len(want) || !slices.Equal(f.Calls[:len(want)], want) {
		t.Errorf("the run begins with %q, want %q", f.Calls[:min(len(f.Calls), len(want))], want)
	}
	if got := fakerig.Count(f.Calls, "start "); got != len(run.Trials)+2 {
		t.Errorf("%d starts with %d trials, want 2 more", got, len(run.Trials))
	}
	if got := noted(f, "discarded"); got != 2 {
		t.Errorf("%d notes, want one of each image: %q", got, f.Notes)
	}
	if got := leftIn(t, run.Dir); slices.Contains(got, "discarded") {
		t.Errorf("a discarded trial is kept: %q", got)
	}
}

// TestDiscardedTrialsOnResume: they run again, because the caches may be empty by then.
func TestDiscardedTrialsOnResume(t *testing.T) {
	f := fakerig.New()
	f.Change = discard
	run := fakerig.Create(t, fakerig.Fixed...)
	stop := errors.New("the cable was pulled")
	f.Start = func(p experiment.TrialPlan) error {
		if p.Block == 3 {
			return stop
		}
		return nil
	}
	if err := experiment.Conduct(t.Context(), design.Of(run), run, f.Rig()); !errors.Is(err, stop) {
		t.Fatalf("error %v, want %v", err, stop)
	}
	for _, want := range []int{2, 0} { // resumed, and finished
		left, err := record.OpenRun(run.Dir)
		if err != nil {
			t.Fatal(err)
		}
		f.Start, f.Calls, f.Notes = nil, nil, nil
		before := len(left.Trials)
		fakerig.Execute(t, left, f)
		if got := fakerig.Count(f.Calls, "start ") - (len(left.Trials) - before); got != want {
			t.Errorf("%d starts besides those of trials, want %d: %q", got, want, f.Calls)
		}
		if want > 0 && !slices.Equal(f.Calls[:3], []string{"start a", "load fake://a", "stop a"}) {
			t.Errorf("resumed, it begins with %q", f.Calls[:3])
		}
	}
}

// TestDiscardedTrialThatFails: it stops the run like any failed trial.
func TestDiscardedTrialThatFails(t *testing.T) {
	why := metric.Unmeasurable{Why: "no memory figure"}
	f := fakerig.New()
	f.Change = discard
	f.Start = func(p experiment.TrialPlan) error {
		if p.Arm.Name == "b" {
			return why
		}
		return nil
	}
	run := fakerig.Create(t)
	err := experiment.Conduct(t.Context(), design.Of(run), run, f.Rig())
	if got := (metric.Unmeasurable{}); !errors.As(err, &got) || got != why || !strings.Contains(err.Error(), "discarded trial of b") {
		t.Errorf("error %v, want %v of b", err, why)
	}
	if want := []string{"start a", "load fake://a", "stop a", "start b"}; !slices.Equal(f.Calls, want) {
		t.Errorf("calls %q, want %q", f.Calls, want)
	}
	if got := leftIn(t, run.Dir); slices.Contains(got, "discarded") {
		t.Errorf("a discarded trial is kept: %q", got)
	}
}

// TestDiscardedTrialIsLoadedForAMoment: it gets the beginning of a trial's load.
func TestDiscardedTrialIsLoadedForAMoment(t *testing.T) {
	for _, c := range []struct {
		name, phase string
		hits        uint64
		long        time.Duration
	}{
		{"short", "rate: 50/s, for: 1s", 50, time.Second},
		{"long", "rate: 50/s, for: 20s", 100, 2 * time.Second},
		{"a rest before it", "rate: 0/s, for: 5s}\n    - {name: second, rate: 30/s, for: 9s", 60, 2 * time.Second},
		{"a ramp", "rate: 10/s, to: 110/s, for: 20s", 30, 2 * time.Second}, // 10/s to 20/s
		{"steps", "steps: [5/s, 500/s], for: 20s", 10, 2 * time.Second},
		{"slow", "rate: 0.1/s, for: 20s", 1, 2 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fakerig.New()
			var attacks []scenario.Attack
			f.Change = func(r *experiment.Rig) {
				discard(r)
				send := r.Load
				r.Load = func(ctx context.Context, url string, a scenario.Attack, sink func(metric.Hit) error) (record.LoadReport, error) {
					attacks = append(attacks, a)
					return send(ctx, url, a, sink)
				}
			}
			run := fakerig.Create(t, "rate: 50/s, for: 2s", c.phase)
			fakerig.Execute(t, run, f)
			got := attacks[0]
			if len(got.Phases) != 1 || got.Phases[0].For != c.long || got.Phases[0].Hits() != c.hits || got.Phases[0].Measure {
				t.Errorf("%+v, want %d hits in %v", got.Phases, c.hits, c.long)
			}
			if trial := attacks[2]; len(trial.Phases) < 2 || trial.Phases[0].For != run.Scenario.Load.Phases[0].For {
				t.Errorf("a trial is sent %+v", trial.Phases)
			}
		})
	}
}

func discard(r *experiment.Rig) { r.Discard = true }

func noted(f *fakerig.Rig, what string) (n int) {
	for _, note := range f.Notes {
		if strings.Contains(note, what) {
			n++
		}
	}
	return n
}

func leftIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
