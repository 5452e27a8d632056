package experiment

import (
	"errors"
	"fmt"
	"slices"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/record"
)

// loadBlocks loads the blocks on disk. It asks the design again for the arms of each
// block, with the same input as then. A design is a pure function, so other arms are an
// error.
func (c *conductor) loadBlocks() error {
	plans, err := c.run.Plans()
	if err != nil {
		return err
	}
	for _, t := range c.run.Trials {
		if !slices.ContainsFunc(plans, func(p record.BlockPlan) bool { return p.Block == t.Block }) {
			return fmt.Errorf("%s has a trial of block %d and no plan of that block: put the file back, or begin a new run", c.run.Dir, t.Block)
		}
	}
	for _, plan := range plans {
		if err := c.loadBlock(plan); err != nil {
			return fmt.Errorf("block %d: %w", plan.Block, err)
		}
	}
	return nil
}

func (c *conductor) loadBlock(plan record.BlockPlan) error {
	if plan.Block != len(c.blocks)+1 {
		return fmt.Errorf("the plan of block %d is missing in %s: begin a new run", len(c.blocks)+1, c.run.Dir)
	}
	arms, _ := c.design.Next(c.numbered(plan.Done), c.numbered(plan.Running))
	b := design.Block{Number: plan.Block, Arms: arms}
	if !slices.Equal(planOf(b, nil, nil).Arms, plan.Arms) {
		return errors.New("the design asks for other arms now than when the block was begun: begin a new run")
	}
	if err := b.Measure(&c.cache, c.run.Scenario, c.run.Block(plan.Block)); err != nil {
		return err
	}
	c.blocks = append(c.blocks, b)
	c.ended[b.Number] = len(missing(&b)) == 0 && len(c.again(&b)) == 0
	return nil
}

// numbered returns the blocks with those numbers, with their measured trials.
func (c *conductor) numbered(numbers []int) (some []design.Block) {
	for _, b := range c.blocks {
		if slices.Contains(numbers, b.Number) {
			some = append(some, b)
		}
	}
	return some
}

// planOf returns the journal entry for a block that begins.
func planOf(b design.Block, done, running []design.Block) record.BlockPlan {
	plan := record.BlockPlan{Block: b.Number}
	for _, d := range done {
		plan.Done = append(plan.Done, d.Number)
	}
	for _, r := range running {
		plan.Running = append(plan.Running, r.Number)
	}
	for _, arm := range b.Arms {
		plan.Arms = append(plan.Arms, arm.Name)
	}
	return plan
}

// missing returns the indexes of the block's arms that have no trial yet.
func missing(b *design.Block) (places []int) {
	for i := range b.Arms {
		if !slices.ContainsFunc(b.Trials, func(t design.Trial) bool { return t.Record.Position == i+1 }) {
			places = append(places, i)
		}
	}
	return places
}
