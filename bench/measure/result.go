package measure

import (
	"fmt"
	"maps"
	"slices"

	"github.com/memproof/memproof/bench/metric"
)

// Measured is a trial with its figures. A metric without an entry in Figures
// has its reason in Absent.
type Measured struct {
	Block    int    `json:"block"`
	Position int    `json:"position"`
	Variant  string `json:"variant"`
	Basis    string `json:"basis"` // of the memory metrics, see Verdict.MemoryBasis
	// Master is the process whose children are the workers of worker.uss and
	// worker.pss, and what runs it; empty where it is the root process.
	Master  string                  `json:"master,omitempty"`
	Figures map[metric.Name]float64 `json:"figures"`
	Absent  map[metric.Name]string  `json:"absent,omitempty"`
	// Added is, of an injected arm, how much: bytes that the holder has by its own
	// smaps, or seconds of delay.
	Added *float64 `json:"added,omitempty"`
	// Invalid says how the measurement broke, and which figures that spoils: they
	// are in Absent. It is then run again, as far as the scenario allows.
	Invalid []metric.Reason `json:"invalid,omitempty"`
	// Failed says what the variant itself did: it died, or refused the work. That
	// is no accident of the measurement, so it is not run again.
	Failed []metric.Reason `json:"failed,omitempty"`
	Notes  []metric.Reason `json:"notes,omitempty"`
	// Superseded says that the trial was disturbed and run again at the end of its
	// block: the repeat takes its place.
	Superseded bool `json:"superseded,omitempty"`
}

// Faults are all reasons why the trial does not count.
func (m Measured) Faults() []metric.Reason { return slices.Concat(m.Failed, m.Invalid) }

// Sound says that the variant did not fail and that some figures count.
func (m Measured) Sound() bool {
	return len(m.Failed) == 0 && !slices.ContainsFunc(m.Invalid, metric.Reason.SpoilsAll)
}

// Spoiled is the first reason that spoils the metric in this trial, nil where
// none does.
func (m Measured) Spoiled(name metric.Name) *metric.Reason {
	for i := range m.Invalid {
		if m.Invalid[i].Spoils(name) {
			return &m.Invalid[i]
		}
	}
	return nil
}

// clone is a copy that may be changed.
func (m Measured) clone() Measured {
	m.Figures, m.Absent = maps.Clone(m.Figures), maps.Clone(m.Absent)
	m.Invalid, m.Failed, m.Notes = slices.Clone(m.Invalid), slices.Clone(m.Failed), slices.Clone(m.Notes)
	return m
}

// withdraw takes back the figures that a reason spoils: they are absent, with it.
func (m *Measured) withdraw() {
	for name := range m.Figures {
		if why := m.Spoiled(name); why != nil && !why.SpoilsAll() {
			delete(m.Figures, name)
			m.Absent[name] = why.Text
		}
	}
}

// Block is the measured trials of one block by variant.
type Block map[string]Measured

// Figures are the variant's figures of a metric, one a block that has it.
func Figures(valid []Block, variant string, m metric.Name) []float64 {
	var xs []float64
	for _, b := range valid {
		if x, ok := b[variant].Figures[m]; ok {
			xs = append(xs, x)
		}
	}
	return xs
}

func Labelled(m Measured, reasons []metric.Reason) []metric.Reason {
	out := slices.Clone(reasons)
	for i := range out {
		out[i].Trials = []string{fmt.Sprintf("block %d, %s", m.Block, m.Variant)}
	}
	return out
}

// Numbers are the blocks' own numbers, in their order.
func Numbers(blocks []Block) (out []int) {
	for _, b := range blocks {
		for _, m := range b {
			out = append(out, m.Block)
			break
		}
	}
	return out
}

// supersede marks the trials that a repeat takes the place of: an earlier trial of the
// same arm, unless the repeat lost all its figures. A service that failed is no
// disturbance, and nothing takes its place.
func supersede(trials []Measured) {
	last := map[string]int{}
	for i := range trials {
		before, again := last[trials[i].Variant]
		switch {
		case !again:
			last[trials[i].Variant] = i
		case len(trials[before].Failed) > 0:
			trials[i].Superseded = true
		case trials[i].Sound() || len(trials[i].Failed) > 0 || !trials[before].Sound():
			trials[before].Superseded = true
			last[trials[i].Variant] = i
		default:
			trials[i].Superseded = true
		}
	}
}

// SoundBlocks are those in which no trial failed or lost all its figures.
func SoundBlocks(trials []Measured) (sound []Block) {
	for len(trials) > 0 {
		b, n, ok := Block{}, 0, true
		for ; n < len(trials) && trials[n].Block == trials[0].Block; n++ {
			if trials[n].Superseded {
				continue
			}
			b[trials[n].Variant] = trials[n]
			ok = ok && trials[n].Sound()
		}
		if trials = trials[n:]; ok {
			sound = append(sound, b)
		}
	}
	return sound
}
