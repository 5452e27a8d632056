// Package measure computes the figures of a trial from its raw data. A figure that
// cannot be measured is absent with the reason, never 0.
package measure

import (
	"fmt"
	"slices"
	"sync"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// Cache keeps the figures of trials: raw data is read once, however often a growing run
// is judged. The zero value is empty. It is safe for concurrent use.
type Cache struct {
	mu     sync.Mutex
	trials map[string]*measurement // by directory; before the comparison with the block
}

// Block measures the trials of one block and compares their work. It withdraws the
// figures that a reason spoils.
func (c *Cache) Block(sc *scenario.Scenario, trials []*record.Trial) ([]TrialResult, error) {
	out, prints := make([]TrialResult, len(trials)), make([]fingerprint, len(trials))
	for i, t := range trials {
		m, err := c.trial(sc, t)
		if err != nil {
			return nil, err
		}
		out[i], prints[i] = m.out.clone(), m.responses
	}
	if err := compareWork(sc, trials, out, prints); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].withdraw()
	}
	supersede(out)
	return out, nil
}

// Run measures the whole blocks of a run. It includes an incomplete block in which a
// service failed: the missing trials would not change that.
func (c *Cache) Run(run *record.Run) (blocks [][]TrialResult, err error) {
	for _, trials := range run.Begun() {
		block, err := c.Block(run.Scenario, trials)
		if err != nil {
			return nil, err
		}
		if run.IsWhole(trials) || slices.ContainsFunc(block, func(m TrialResult) bool { return len(m.Failed) > 0 }) {
			blocks = append(blocks, block)
		}
	}
	return blocks, nil
}

func (c *Cache) trial(sc *scenario.Scenario, t *record.Trial) (*measurement, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m, ok := c.trials[t.Dir]; ok {
		return m, nil
	}
	m, err := measure(t.Of(sc), t)
	if err != nil {
		return nil, err
	}
	if c.trials == nil {
		c.trials = map[string]*measurement{}
	}
	c.trials[t.Dir] = m
	return m, nil
}

// measure computes a trial's figures from its raw data and finds its own faults;
// [Cache.Block] compares it with its block.
func measure(sc *scenario.Scenario, t *record.Trial) (*measurement, error) {
	m := &measurement{scenario: sc, trial: t, missing: map[string]string{}, out: TrialResult{
		Block: t.Block, Position: t.Position, Variant: t.Variant,
		Figures: map[metric.Name]float64{}, Absent: map[metric.Name]string{},
		Invalid: slices.Clone(t.Broken), Failed: slices.Clone(t.Failed), Notes: slices.Clone(t.Notes),
	}}
	for _, step := range []func() error{m.hits, m.samples, m.counters, m.log} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("%s: %w", t.Label(), err)
		}
	}
	m.excuse()
	return m, nil
}

type measurement struct {
	scenario *scenario.Scenario
	trial    *record.Trial
	out      TrialResult

	answered   uint64 // 2xx over the whole load
	unanswered uint64 // requests without a complete answer: the service may have done their work
	windowHits int
	responses  fingerprint

	window  record.Span
	missing map[string]string // the latest reason for a missing reading in the window, by subject
	cpu     cpuTime           // of the variant in the window
}

func (m *measurement) set(name metric.Name, v float64) { m.out.Figures[name] = v }

func (m *measurement) absent(name metric.Name, format string, args ...any) {
	m.out.Absent[name] = fmt.Sprintf(format, args...)
}

// invalid records that the measurement broke. spoils lists the metrics that it breaks;
// empty means all.
func (m *measurement) invalid(code metric.Code, spoils []metric.Pattern, format string, args ...any) {
	m.out.Invalid = append(m.out.Invalid, metric.Because(code, spoils, format, args...))
}

// failed records a fault of the variant, not of the measurement.
func (m *measurement) failed(code metric.Code, format string, args ...any) {
	m.out.Failed = append(m.out.Failed, metric.Because(code, nil, format, args...))
}

// excuse turns faults into notes if the service lost its Docker daemon or a sidecar:
// the trial is then INVALID, not FAILED. How the service itself ended stays a fault.
func (m *measurement) excuse() {
	if !m.trial.Exit.Excused() {
		return
	}
	m.out.Failed = slices.DeleteFunc(m.out.Failed, func(r metric.Reason) bool {
		own := r.Code == metric.OutOfMemory || r.Code == metric.EndedUnasked
		if !own {
			m.out.Notes = append(m.out.Notes, r)
		}
		return !own
	})
}
