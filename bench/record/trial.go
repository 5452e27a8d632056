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

// VariantLog is the file in a trial's directory with the variant's output.
const VariantLog = "variant.log"

// Trial is one arm, started fresh, loaded, sampled and stopped: the unit of
// replication. Its file is written at the end of the trial, so a directory without it
// holds an interrupted trial, which does not count.
type Trial struct {
	Block    int    `json:"block"`           // 1, 2, 3, …
	Position int    `json:"position"`        // 1, 2, … within the block
	Added    *Added `json:"added,omitempty"` // set for an injected arm
	// Arms is the number of arms in its block. A higher position is a repeat. In a run
	// of format 2 every block holds the same arms.
	Arms    int    `json:"arms,omitempty"`
	Variant string `json:"variant"`
	// Limits and Demand (the phases of the load) are set if a design varied them;
	// otherwise the scenario's apply.
	Limits  *scenario.Limits  `json:"limits,omitempty"`
	Demand  []load.Phase      `json:"demand,omitempty"`
	Factors map[string]string `json:"factors,omitempty"`
	// Machine holds the facts of the machine that differ from the run's.
	Machine map[string]string `json:"machine,omitempty"`
	Began   time.Time         `json:"began"` // before the variant was started
	Ready   time.Time         `json:"ready"` // all its workers were ready
	Ended   time.Time         `json:"ended"` // the variant was gone

	Phases    []Span            `json:"phases"` // idle, the load's phases, drain
	Load      LoadReport        `json:"load"`
	Before    Counters          `json:"before"`           // just before the load
	Window    Counters          `json:"window,omitempty"` // at the window's end, if the load goes on
	After     Counters          `json:"after"`            // just after the last answer
	Described map[string]string `json:"described,omitempty"`
	Exit      Exit              `json:"exit"`

	Clock *SampleClock `json:"clock,omitempty"` // of the samples; nil in trials of older versions, which recorded no arrivals
	Noise *TrialNoise  `json:"noise,omitempty"` // before it began; nil if the machine was not checked

	// Broken and Failed are the faults found while the trial ran, of the measurement
	// and of the variant. Faults in the raw data are found later, when it is measured.
	Broken []metric.Reason `json:"broken,omitempty"`
	Failed []metric.Reason `json:"failed,omitempty"`
	Notes  []metric.Reason `json:"notes,omitempty"` // remarks that spoil no figure

	Dir       string `json:"-"` // the directory it was read from
	Scheduled uint64 `json:"-"` // hits of the scenario's load
}

// Added is the amount that an injected arm gets from outside: memory or delay, one of
// the two.
type Added struct {
	Bytes   uint64  `json:"bytes,omitempty"`   // of memory, held by a process next to the variant's
	Seconds float64 `json:"seconds,omitempty"` // of delay in each answer
}

// TrialNoise is the noise of the machine before a trial, and the other programs during
// the load.
type TrialNoise struct {
	Before   []metric.Noise `json:"before"`             // the readings in order; the last precedes the start
	Rejected int            `json:"rejected,omitempty"` // the number of readings over the limits
	// During lists the programs outside the trial that used the processors of the
	// generator's machine during the load, the busiest first.
	During []metric.ProgramCPU `json:"during,omitempty"`
}

// Span is a named interval of time.
type Span struct {
	Name string    `json:"name"`
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Holds reports whether t lies in the span: at or after From, and before To.
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

// Of returns the scenario with the limits and load of the trial's arm.
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

// Repeats reports whether the trial is a repeat at the end of its block.
func (t *Trial) Repeats() bool { return t.Arms > 0 && t.Position > t.Arms }

// Label names the trial in messages: block 3, after.
func (t *Trial) Label() string { return fmt.Sprintf("block %d, %s", t.Block, t.Variant) }

// Hits calls f for each hit of the trial, in the order in which they ended. It refuses
// a file with more hits than the load has: that is another run's, and may be larger
// than memory.
func (t *Trial) Hits(f func(metric.Hit) error) error {
	n := uint64(0)
	return ReadHits(filepath.Join(t.Dir, HitsFile), func(h metric.Hit) error {
		if n++; n > t.Scheduled {
			return fmt.Errorf("more hits than the %d of the scenario's load: the file is not of this run", t.Scheduled)
		}
		return f(h)
	})
}

// Samples calls f for each sample of the trial, in order of time. At is converted to
// the generator's clock, which the phases use: see [SampleClock].
func (t *Trial) Samples(f func(metric.Sample) error) error {
	return ReadSamples(filepath.Join(t.Dir, SamplesFile), func(s metric.Sample) error {
		s.At = t.Clock.place(s)
		return f(s)
	})
}

// TrialDir is the trial's directory, relative to the run's: trials/b03-2-after.
func TrialDir(block, position int, variant string) string {
	return filepath.Join(trialsDir, fmt.Sprintf("b%02d-%d-%s", block, position, variant))
}

func readTrial(sc *scenario.Scenario, dir string) (*Trial, error) {
	t := Trial{Dir: dir}
	path := filepath.Join(dir, TrialFile)
	if err := ReadJSON(path, &t); err != nil {
		return nil, err
	}
	if err := t.check(sc); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &t, nil
}

// ReadJSON reads a JSON file of bounded size. An error names the file.
func ReadJSON(path string, into any) error {
	text, err := files.ReadBounded(path, files.MaxText)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// WriteJSON replaces the file in one step. A reader sees the old text or the new one,
// even if the run is killed.
func WriteJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return files.WriteFile(path, append(text, '\n'))
}
