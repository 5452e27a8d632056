package record

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// The files of a trial's directory.
const (
	TrialFile   = "trial.json"
	HitsFile    = "hits.csv.gz"
	SamplesFile = "samples.jsonl.gz"
)

// VariantLog is the file in a trial's directory that holds what the variant
// printed.
const VariantLog = "variant.log"

// Trial is one variant, started fresh, loaded, sampled and stopped: the unit
// of replication. It is written when the trial has ended, so a directory
// without it is a trial that was cut short and counts for nothing.
type Trial struct {
	Block    int    `json:"block"`           // 1, 2, 3, …
	Position int    `json:"position"`        // 1, 2, … within the block
	Added    *Added `json:"added,omitempty"` // from outside, to an injected arm
	// Arms is how many arms its block has. A position above it is a repeat. In a run of
	// format 2 every block holds the same arms.
	Arms    int    `json:"arms,omitempty"`
	Variant string `json:"variant"`
	// Limits and Demand, the phases of the load, are the arm's own where a design varied
	// them; without them it had the scenario's.
	Limits  *scenario.Limits  `json:"limits,omitempty"`
	Demand  []load.Phase      `json:"demand,omitempty"`
	Factors map[string]string `json:"factors,omitempty"`
	// Machine are the facts of the machine in which it differs from those of the run.
	Machine map[string]string `json:"machine,omitempty"`
	Began   time.Time         `json:"began"` // before the variant was started
	Ready   time.Time         `json:"ready"` // all its workers were
	Ended   time.Time         `json:"ended"` // the variant was gone

	Phases    []Span            `json:"phases"` // idle, the load's phases, drain
	Load      LoadReport        `json:"load"`
	Before    Counters          `json:"before"`           // just before the load
	Window    Counters          `json:"window,omitempty"` // at the window's end, where the load goes on
	After     Counters          `json:"after"`            // just after its last answer
	Described map[string]string `json:"described,omitempty"`
	Exit      Exit              `json:"exit"`

	Clock *SampleClock `json:"clock,omitempty"` // of the samples; nil in trials from before arrivals were noted
	Noise *TrialNoise  `json:"noise,omitempty"` // before it began; nil where nobody looked

	// Broken and Failed say what went wrong while the trial ran, with the
	// measurement and with the variant itself; what the raw data shows besides is
	// found when it is measured.
	Broken []metric.Reason `json:"broken,omitempty"`
	Failed []metric.Reason `json:"failed,omitempty"`
	Notes  []metric.Reason `json:"notes,omitempty"` // what is worth telling and spoils nothing

	Dir       string `json:"-"` // where it was read from
	Scheduled uint64 `json:"-"` // hits of the scenario's load
}

// Span is a named stretch of time.
type Span struct {
	Name string    `json:"name"`
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Holds says whether t lies in the span, its beginning included.
func (s Span) Holds(t time.Time) bool { return !t.Before(s.From) && t.Before(s.To) }

// Phase returns the span of that name.
func (t *Trial) Phase(name string) (Span, bool) {
	for _, s := range t.Phases {
		if s.Name == name {
			return s, true
		}
	}
	return Span{}, false
}

// Of is the scenario as the trial's arm had it.
func (t *Trial) Of(sc *scenario.Scenario) *scenario.Scenario {
	if t.Limits == nil && t.Demand == nil {
		return sc
	}
	limits, demand := sc.Limits, sc.Load
	if t.Limits != nil {
		limits = *t.Limits
	}
	if t.Demand != nil {
		demand.Phases = t.Demand
	}
	return sc.With(limits, demand)
}

// Repeats says that the trial was run again at the end of its block.
func (t *Trial) Repeats() bool { return t.Arms > 0 && t.Position > t.Arms }

// Label names the trial in messages: block 3, after.
func (t *Trial) Label() string { return fmt.Sprintf("block %d, %s", t.Block, t.Variant) }

// Hits calls f for each hit of the trial, in the order in which they ended. A file
// with more hits than the load has is refused: it is another run's, and may be
// larger than memory.
func (t *Trial) Hits(f func(metric.Hit) error) error {
	n := uint64(0)
	return ReadHits(filepath.Join(t.Dir, HitsFile), func(h metric.Hit) error {
		if n++; n > t.Scheduled {
			return fmt.Errorf("more hits than the %d of the scenario's load: the file is not of this run", t.Scheduled)
		}
		return f(h)
	})
}

// Samples calls f for each sample of the trial, in the order of time. Its At is
// on the generator's clock, as the phases are: see [SampleClock].
func (t *Trial) Samples(f func(metric.Sample) error) error {
	return ReadSamples(filepath.Join(t.Dir, SamplesFile), func(s metric.Sample) error {
		s.At = t.Clock.place(s)
		return f(s)
	})
}

// TrialDir is the trial's directory below the run's: trials/b03-2-after.
func TrialDir(block, position int, variant string) string {
	return filepath.Join(trialsDir, fmt.Sprintf("b%02d-%d-%s", block, position, variant))
}

func readTrial(sc *scenario.Scenario, dir string) (*Trial, error) {
	t := Trial{Dir: dir}
	path := filepath.Join(dir, TrialFile)
	if err := readJSON(path, &t); err != nil {
		return nil, err
	}
	if err := t.check(sc); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &t, nil
}

func readJSON(path string, into any) error {
	text, err := files.ReadBounded(path, files.MaxText)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// WriteJSON replaces the file in one step: a reader, or a run killed at any
// moment, sees the old text or the new.
func WriteJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return files.WriteFile(path, append(text, '\n'))
}
