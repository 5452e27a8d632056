package runner

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// TestProgressNotesAnInterrupt: at once, and nothing where there was none.
func TestProgressNotesAnInterrupt(t *testing.T) {
	for _, interrupted := range []bool{false, true} {
		var notes strings.Builder
		p := newProgress(nil, &notes, nil)
		ctx, cancel := context.WithCancel(t.Context())
		stop := p.noteInterrupt(ctx)
		if interrupted {
			cancel()
		}
		stop()
		cancel()
		if got := strings.Contains(notes.String(), "interrupted: "); got != interrupted {
			t.Errorf("interrupted %t: noted %q", interrupted, &notes)
		}
	}
}

func TestChangedFacts(t *testing.T) {
	was := map[string]string{"engine": "host", "engine.why": "asked for", "binary.variant.after": "a", "session": "1", "kernel": "6.1"}
	tests := []struct {
		change map[string]string
		want   []string
	}{
		{map[string]string{"session": "2", "engine.why": "no Docker"}, nil},
		{map[string]string{"engine": "docker"}, []string{"engine (host, now docker)"}},
		{map[string]string{"kernel": "6.2", "binary.variant.after": "b"}, []string{"binary.variant.after (a, now b)", "kernel (6.1, now 6.2)"}},
	}
	for _, tt := range tests {
		is := maps.Clone(was)
		maps.Copy(is, tt.change)
		if got := changedFacts(was, is); !slices.Equal(got, tt.want) {
			t.Errorf("%v changed: %q, want %q", tt.change, got, tt.want)
		}
	}
}

// TestNothingMeasuredIsBadInput: it differs from a measurement that broke and from a
// service that failed.
func TestNothingMeasuredIsBadInput(t *testing.T) {
	broke := errors.New("the daemon is away")
	cannot := errors.Join(metric.Unmeasurable{Why: "no account"}, errors.New("left behind"))
	died := fmt.Errorf("block 1, trial 1: %w", experiment.ServiceFailure{Err: errors.New("exited with status 3")})
	for _, tt := range []struct {
		err      error
		measured bool
		want     bool
	}{
		{nil, false, false},
		{broke, false, true},
		{broke, true, false},
		{cannot, false, true},
		{cannot, true, true},
		{died, false, false},
		{died, true, false},
	} {
		if got := errors.As(classify(tt.err, tt.measured), new(BadInput)); got != tt.want {
			t.Errorf("%v, measured %t, is bad input: %t, want %t", tt.err, tt.measured, got, tt.want)
		}
	}
}

var twoPhases = &scenario.Scenario{Load: load.Load{Phases: []load.Phase{
	{Name: "warm-up", Rate: 1, For: 10 * time.Second}, {Name: "window", Rate: 1, For: 20 * time.Second, Measure: true},
}}}

// TestProgressLine draws the line of a trial that is some way into its load.
func TestProgressLine(t *testing.T) {
	var line, notes strings.Builder
	p := &progress{line: &line, notes: &notes, scenario: twoPhases, began: time.Now().Add(-65 * time.Second)}
	p.event(experiment.Event{Block: 1, Rest: design.Rest{LeastBlocks: 3, MostBlocks: 6, LeastTrials: 6, MostTrials: 12}, Position: 1, Positions: 2, Variant: "before", Phase: "start"})
	// 6 to 12 trials of 30 s of load, and 10 s around each.
	if got := line.String(); !strings.Contains(got, "01:05  block 1 of 3 to 6  before  start  about 4 min to 8 min left") {
		t.Errorf("the first line is %q", got)
	}
	p.first, p.current = time.Now().Add(-60*time.Second), time.Now()
	p.finished = 1 // and the next event begins the third
	line.Reset()
	p.event(experiment.Event{Block: 2, Rest: design.Rest{LeastBlocks: 6, MostBlocks: 6, LeastTrials: 10, MostTrials: 10}, Position: 1, Positions: 2, Variant: "after", Phase: scenario.PhaseLoad})
	p.since = time.Now().Add(-15 * time.Second)
	line.Reset()
	p.draw()
	// 30 s a trial, ten to go.
	if got := line.String(); !strings.Contains(got, "block 2 of 6  after  window 5/20s") || !strings.HasSuffix(got, "about 5 min left") {
		t.Errorf("the line is %q", got)
	}
	p.event(experiment.Event{Note: "something worth keeping"})
	if notes.String() != "something worth keeping\n" {
		t.Errorf("notes are %q", notes.String())
	}
}

// TestProgressWithoutATerminal prints one line a trial and nothing else.
func TestProgressWithoutATerminal(t *testing.T) {
	var notes strings.Builder
	p := newProgress(nil, &notes, twoPhases)
	for _, phase := range []string{"start", scenario.PhaseIdle, scenario.PhaseLoad, "stop"} {
		p.event(experiment.Event{Block: 3, Rest: design.Rest{LeastBlocks: 6, MostBlocks: 6}, Position: 2, Positions: 2, Variant: "after", Phase: phase})
	}
	p.close()
	if got := notes.String(); !strings.HasSuffix(got, " block 3 of 6, trial 2/2: after\n") || strings.Count(got, "\n") != 1 {
		t.Errorf("printed %q, want one line", got)
	}
}
