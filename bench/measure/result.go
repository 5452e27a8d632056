package measure

import (
	"fmt"
	"maps"
	"slices"

	"github.com/memproof/memproof/bench/metric"
)

// TrialResult is a trial with its figures. A metric without an entry in Figures
// has its reason in Absent.
type TrialResult struct {
	Block    int    `json:"block"`
	Position int    `json:"position"`
	Variant  string `json:"variant"`
	Basis    string `json:"basis"` // of the memory metrics, see Verdict.MemoryBasis
	// Master is the process whose children count in worker.uss and worker.pss, and its
	// ancestors; empty if it is the root process.
	Master  string                  `json:"master,omitempty"`
	Figures map[metric.Name]float64 `json:"figures"`
	Absent  map[metric.Name]string  `json:"absent,omitempty"`
	// Added is the amount in an injected arm: bytes that the holder has by its own
	// smaps, or seconds of delay.
	Added *float64 `json:"added,omitempty"`
	// Invalid lists the faults of the measurement, with the figures that they spoil,
	// which are in Absent. The trial is run again, as often as the scenario allows.
	Invalid []metric.Reason `json:"invalid,omitempty"`
	// Failed lists the faults of the variant: it died, or refused the work. The trial
	// is not run again, because a repeat would hide the fault.
	Failed []metric.Reason `json:"failed,omitempty"`
	Notes  []metric.Reason `json:"notes,omitempty"`
	// Superseded reports that the trial was disturbed and run again at the end of its
	// block: the repeat replaces it.
	Superseded bool `json:"superseded,omitempty"`
	// Readings are the memory over the load; nil if the result was read from verdict.json.
	Readings Readings `json:"-"`
}

// Faults returns all reasons why the trial does not count.
func (m TrialResult) Faults() []metric.Reason { return slices.Concat(m.Failed, m.Invalid) }

// Valid reports whether the variant did not fail and some figures count.
func (m TrialResult) Valid() bool {
	return len(m.Failed) == 0 && !slices.ContainsFunc(m.Invalid, metric.Reason.SpoilsAll)
}

// Spoiled returns the first reason that spoils the metric in this trial, nil without
// one.
func (m TrialResult) Spoiled(name metric.Name) *metric.Reason {
	for i := range m.Invalid {
		if m.Invalid[i].Spoils(name) {
			return &m.Invalid[i]
		}
	}
	return nil
}

// clone returns a copy that may be changed.
func (m TrialResult) clone() TrialResult {
	m.Figures, m.Absent = maps.Clone(m.Figures), maps.Clone(m.Absent)
	m.Invalid, m.Failed, m.Notes = slices.Clone(m.Invalid), slices.Clone(m.Failed), slices.Clone(m.Notes)
	return m
}

// withdraw makes the spoiled figures absent, with their reasons.
func (m *TrialResult) withdraw() {
	for name := range m.Figures {
		if why := m.Spoiled(name); why != nil && !why.SpoilsAll() {
			delete(m.Figures, name)
			m.Absent[name] = why.Text
		}
	}
}

// Block is the measured trials of one block by variant.
type Block map[string]TrialResult

// Figure returns the figure of an arm. The error says why it is absent.
func (b Block) Figure(arm string, m metric.Name) (float64, error) {
	x, ok := b[arm].Figures[m]
	if !ok {
		return 0, fmt.Errorf("%s of %s was not measured: %s", m, arm, b[arm].Absent[m])
	}
	return x, nil
}

// Figures returns the variant's figures of a metric, one per block that has it.
func Figures(valid []Block, variant string, m metric.Name) []float64 {
	var xs []float64
	for _, b := range valid {
		if x, ok := b[variant].Figures[m]; ok {
			xs = append(xs, x)
		}
	}
	return xs
}

// Labelled returns the reasons with the label of their trial.
func Labelled(m TrialResult, reasons []metric.Reason) []metric.Reason {
	out := slices.Clone(reasons)
	for i := range out {
		out[i].Trials = []string{fmt.Sprintf("block %d, %s", m.Block, m.Variant)}
	}
	return out
}

// Numbers returns the numbers of the blocks, in their order.
func Numbers(blocks []Block) (out []int) {
	for _, b := range blocks {
		for _, m := range b {
			out = append(out, m.Block)
			break
		}
	}
	return out
}

// supersede marks the trials that a repeat replaces: an earlier trial of the same arm,
// unless the repeat lost all its figures. A failure of the service is not a
// disturbance, so a failed trial is never replaced.
func supersede(trials []TrialResult) {
	last := map[string]int{}
	for i := range trials {
		before, again := last[trials[i].Variant]
		switch {
		case !again:
			last[trials[i].Variant] = i
		case len(trials[before].Failed) > 0:
			trials[i].Superseded = true
		case trials[i].Valid() || len(trials[i].Failed) > 0 || !trials[before].Valid():
			trials[before].Superseded = true
			last[trials[i].Variant] = i
		default:
			trials[i].Superseded = true
		}
	}
}

// ValidBlocks returns the blocks in which no trial failed or lost all its figures.
func ValidBlocks(trials []TrialResult) (valid []Block) {
	for len(trials) > 0 {
		b, n, ok := Block{}, 0, true
		for ; n < len(trials) && trials[n].Block == trials[0].Block; n++ {
			if trials[n].Superseded {
				continue
			}
			b[trials[n].Variant] = trials[n]
			ok = ok && trials[n].Valid()
		}
		if trials = trials[n:]; ok {
			valid = append(valid, b)
		}
	}
	return valid
}
