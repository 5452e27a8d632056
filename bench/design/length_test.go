package design_test

import (
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/scenario"
)

// TestTrialCountIsWhatRuns: the doctor's disk check, the progress line and validate all
// use TrialCount, so it must equal the number of trials that run.
func TestTrialCountIsWhatRuns(t *testing.T) {
	for _, oldnew := range [][]string{
		nil, {"blocks: 6", "blocks: 8\nmax_repeats: 3"}, append(fakerig.ManyArms(7), "blocks: 6", "blocks: 7"), {"  - {name: b, build: ./b}\n", "", fakerig.Text[strings.Index(fakerig.Text, "claims:"):], ""},
	} {
		run := fakerig.Create(t, oldnew...)
		_, planned, most := design.TrialCount(run.Scenario)
		f := fakerig.New()
		f.Memory = func(experiment.TrialPlan) uint64 { return 400e6 }
		fakerig.Execute(t, run, f)
		if n := fakerig.Count(f.Calls, "start "); n != planned {
			t.Errorf("%d trials were run, %d were foretold", n, planned)
		}

		again := fakerig.Create(t, oldnew...)
		f = fakerig.New()
		f.Memory = func(experiment.TrialPlan) uint64 { return 400e6 }
		f.Lag = time.Minute // the generator is late in every trial, so all are disturbed
		_ = fakerig.Execute(t, again, f)
		if n := fakerig.Count(f.Calls, "start "); n > most {
			t.Errorf("%d trials were run, %d at the most were foretold", n, most)
		}
		if most != run.Scenario.Blocks*len(run.Scenario.AllArms())+run.Scenario.MaxRepeats {
			t.Errorf("%d trials are planned and %d at the most, with %d repeats", planned, most, run.Scenario.MaxRepeats)
		}
		_, got := design.Length(run.Scenario)
		if want := time.Duration(planned) * (14 * time.Second); got <= want || got > 3*want {
			t.Errorf("%d trials with a load of 14 s take about %v", planned, got)
		}
	}
	if _, planned, most := design.TrialCount(new(scenario.Scenario)); planned != 0 || most != 0 {
		t.Errorf("a scenario without variants has %d to %d trials", planned, most)
	}
}

// TestAttributionTakesFortyMinutes: also with the 13 s around each trial that a slow
// machine needed.
func TestAttributionTakesFortyMinutes(t *testing.T) {
	path := "../../scenarios/attribution.yaml"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sc, err := scenario.ParseScenario(path, text)
	if err != nil {
		t.Fatal(err)
	}
	_, planned, _ := design.TrialCount(sc)
	_, length := design.Length(sc)
	if slow := length + time.Duration(planned)*3*time.Second; slow > 40*time.Minute {
		t.Errorf("%d trials take %v", planned, slow)
	}
}

// The number of trials left falls by one per trial, down to one.
func TestEventsCountTheTrialsAhead(t *testing.T) {
	run := fakerig.Create(t)
	rig := fakerig.New().Rig()
	var ahead []int
	rig.Progress = func(e experiment.Event) {
		if e.Note == "" && (len(ahead) == 0 || ahead[len(ahead)-1] != e.Rest.MostTrials) {
			ahead = append(ahead, e.Rest.MostTrials)
		}
	}
	if err := experiment.Conduct(t.Context(), design.Of(run), run, rig); err != nil {
		t.Fatal(err)
	}
	_, planned, _ := design.TrialCount(run.Scenario)
	for i, n := range ahead {
		if n != planned-i {
			t.Fatalf("trials ahead were %d, want them to fall by one from %d", ahead, planned)
		}
	}
	if len(ahead) != planned {
		t.Errorf("news of %d trials, want %d", len(ahead), planned)
	}
}

// A repeat adds a trial to the planned ones, and counts as left while it runs.
func TestEventsCountRepeatsAhead(t *testing.T) {
	run, f := fakerig.Create(t, "blocks: 6", "blocks: 6\nmax_repeats: 3"), fakerig.New()
	f.Start = func(p experiment.TrialPlan) error {
		f.Lag = 0
		if p.Block == 6 && p.Arm.Name != "b" && p.Position <= p.Arms {
			f.Lag = time.Second
		}
		return nil
	}
	rig, ahead := f.Rig(), map[int]int{}
	rig.Progress = func(e experiment.Event) {
		if e.Note == "" && e.Block == 6 {
			ahead[e.Position] = e.Rest.MostTrials
		}
	}
	if err := experiment.Conduct(t.Context(), design.Of(run), run, rig); err != nil {
		t.Fatal(err)
	}
	if want := map[int]int{1: 3, 2: 2, 3: 1, 4: 1, 5: 1}; !maps.Equal(ahead, want) {
		t.Errorf("trials ahead in the last block, by position: %v, want %v", ahead, want)
	}
}
