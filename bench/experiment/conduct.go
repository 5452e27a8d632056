package experiment

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// Conduct gives blocks to rigs until the design is done. A block stays on one rig.
//
// Each finished trial is on disk and stays there: an interrupted run is resumed with
// the first missing arm. The error says what stopped the run; the finished trials
// count.
func Conduct(ctx context.Context, d design.Design, run *record.Run, rigs ...Rig) error {
	if run.Meta.Format != record.RunFormat {
		return fmt.Errorf("%s cannot be resumed: its format is %d, this memproof writes %d and runs other trials; judge it, or begin a new run",
			run.Dir, run.Meta.Format, record.RunFormat)
	}
	if err := run.Scenario.Complete(); err != nil {
		return fmt.Errorf("%s: %w", run.Dir, err)
	}
	c := &conductor{design: d, run: run, changed: make(chan struct{}), taken: map[int]bool{}, ended: map[int]bool{}}
	if err := c.loadBlocks(); err != nil {
		return err
	}
	all, ctx := errgroup.WithContext(ctx)
	for i, rig := range rigs {
		all.Go(func() error { return c.work(ctx, &worker{conductor: c, rig: rig, first: i == 0}) })
	}
	return all.Wait()
}

// conductor hands out blocks. All rigs share it.
type conductor struct {
	design design.Design
	run    *record.Run

	mu      sync.Mutex
	blocks  []design.Block // begun blocks, by number
	taken   map[int]bool   // the blocks that a rig took
	ended   map[int]bool   // the finished blocks
	changed chan struct{}  // closed when a block ends
	cache   measure.Cache
	// reported holds what is reported once per run: a cause that affects no claim, a
	// slow stop.
	reported sync.Map
}

// work runs blocks on a rig until none is left for it.
func (c *conductor) work(ctx context.Context, w *worker) error {
	for first := true; ; first = false {
		b, err := c.take(ctx)
		if err != nil || b == nil {
			return err
		}
		if first {
			if err := w.discard(ctx); err != nil {
				return err
			}
		}
		if err := w.measure(ctx, b); err != nil {
			return err
		}
		c.end(b)
		w.reportBlock(b)
	}
}

// take returns the next block for a rig: an interrupted one, else the design's next.
// nil means that the run is over.
func (c *conductor) take(ctx context.Context) (*design.Block, error) {
	for {
		c.mu.Lock()
		b, more, err := c.next()
		wait := c.changed
		c.mu.Unlock()
		if err != nil || b != nil || !more {
			return b, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// next returns the block to begin or to resume. more means: ask again when a running
// block has ended.
func (c *conductor) next() (b *design.Block, more bool, err error) {
	for i := range c.blocks {
		if n := c.blocks[i].Number; !c.taken[n] && !c.ended[n] {
			c.taken[n] = true
			b := c.blocks[i]
			return &b, true, nil
		}
	}
	done, running := c.sorted()
	arms, more := c.design.Next(done, running)
	if len(arms) == 0 {
		return nil, more && len(running) > 0, nil
	}
	begun := design.Block{Number: len(c.blocks) + 1, Arms: arms}
	if err := c.run.Begin(planOf(begun, done, running)); err != nil {
		return nil, false, err
	}
	c.blocks = append(c.blocks, begun)
	c.taken[begun.Number] = true
	return &begun, true, nil
}

// sorted returns the finished blocks, and the ones that a rig works on.
func (c *conductor) sorted() (done, running []design.Block) {
	for _, b := range c.blocks {
		if c.ended[b.Number] {
			done = append(done, b)
		} else {
			running = append(running, b)
		}
	}
	return done, running
}

// end stores a finished block.
func (c *conductor) end(b *design.Block) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.blocks[b.Number-1] = *b
	c.ended[b.Number] = true
	close(c.changed)
	c.changed = make(chan struct{})
}

// add stores a finished trial in the journal and measures its block.
func (c *conductor) add(b *design.Block, t *record.Trial) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run.Add(t)
	return b.Measure(&c.cache, c.run.Scenario, c.run.Block(b.Number))
}

// measured reports whether the run has a trial.
func (c *conductor) measured() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.run.Trials) > 0
}

// stop stores a trial that could not be measured.
func (c *conductor) stop(s record.Stopped) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.run.Stop(s)
}

// again returns the arms of the block that the design repeats. Until they have run, the
// block reserves them: no other rig may use up the run's repeats meanwhile.
func (c *conductor) again(b *design.Block) []scenario.Arm {
	r, ok := c.design.(design.Repeater)
	if !ok {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	done, running := c.sorted()
	running = slices.DeleteFunc(running, func(other design.Block) bool { return other.Number == b.Number })
	b.Repeats = max(0, len(b.Trials)-len(b.Arms))
	arms := r.Again(done, running, *b)
	b.Repeats += len(arms)
	c.blocks[b.Number-1].Repeats = b.Repeats
	return arms
}

// TrialError is an error that stopped a run, with its trial.
type TrialError struct {
	Block, Trial int // 1, 2, …
	Err          error
}

func (e TrialError) Error() string {
	return fmt.Sprintf("block %d, trial %d: %v", e.Block, e.Trial, e.Err)
}

// Unwrap returns the cause.
func (e TrialError) Unwrap() error { return e.Err }
