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
	trials map[string]own // by directory
}

// own holds the results of one trial alone, before it is compared with its block.
type own struct {
	figures TrialResult
	did     responseFingerprint
}

// Block measures the trials of one block and compares their work. It withdraws the
// figures that a reason spoils.
func (c *Cache) Block(sc *scenario.Scenario, trials []*record.Trial) ([]TrialResult, error) {
	out, did := make([]TrialResult, len(trials)), make([]responseFingerprint, len(trials))
	for i, t := range trials {
		one, err := c.trial(sc, t)
		if err != nil {
			return nil, err
		}
		out[i], did[i] = one.figures.clone(), one.did
	}
	if err := sameWork(sc, trials, out, did); err != nil {
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

func (c *Cache) trial(sc *scenario.Scenario, t *record.Trial) (own, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if one, ok := c.trials[t.Dir]; ok {
		return one, nil
	}
	m, err := measure(t.Of(sc), t)
	if err != nil {
		return own{}, err
	}
	if c.trials == nil {
		c.trials = map[string]own{}
	}
	c.trials[t.Dir] = own{m.out, m.did}
	return c.trials[t.Dir], nil
}
