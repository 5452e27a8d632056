package measure

import (
	"slices"
	"sync"

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
