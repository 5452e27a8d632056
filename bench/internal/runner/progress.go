package runner

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// progress redraws one line: block, variant, phase, elapsed time and time left. Notes
// scroll up above it.
type progress struct {
	line, notes io.Writer // line is nil if there is no terminal
	scenario    *scenario.Scenario
	began       time.Time
	stop        chan struct{}
	wait        sync.WaitGroup

	mu    sync.Mutex
	now   experiment.Event
	since time.Time // when now began
	drawn bool
	// first and current are when the first trial of this process began, and the current
	// one. finished counts those before it.
	first, current time.Time
	finished       int
}

func newProgress(line, notes io.Writer, sc *scenario.Scenario) *progress {
	p := &progress{line: line, notes: notes, scenario: sc, began: time.Now(), stop: make(chan struct{})}
	p.wait.Go(func() {
		for {
			select {
			case <-p.stop:
				return
			case <-time.After(500 * time.Millisecond):
				p.mu.Lock()
				p.draw()
				p.mu.Unlock()
			}
		}
	})
	return p
}

// close ends the line.
func (p *progress) close() {
	close(p.stop)
	p.wait.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
}

// note prints a line that stays.
func (p *progress) note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	fmt.Fprintln(p.notes, text)
}

// noteInterrupt confirms an interrupt at once, because the end of a trial takes seconds.
// It does so until the returned function is called.
func (p *progress) noteInterrupt(ctx context.Context) (stop func()) {
	noted := make(chan struct{})
	unwatch := context.AfterFunc(ctx, func() {
		defer close(noted)
		p.note("interrupted: removing what the run started (interrupt again to exit at once)")
	})
	return func() {
		if !unwatch() {
			<-noted
		}
	}
}

// event is [experiment.Rig.Progress].
func (p *progress) event(e experiment.Event) {
	if e.Note != "" {
		p.note(e.Note)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.Block != p.now.Block || e.Position != p.now.Position {
		p.beginTrial(e)
	}
	p.now, p.since = e, time.Now()
	p.draw()
}

func (p *progress) beginTrial(e experiment.Event) {
	p.current = time.Now()
	if p.first.IsZero() {
		p.first = p.current
	} else {
		p.finished++
	}
	if p.line == nil {
		fmt.Fprintf(p.notes, "%s block %d of %s, trial %d/%d: %s\n",
			metric.ShowElapsed(time.Since(p.began)), e.Block, e.Rest.Blocks(), e.Position, e.Positions, e.Variant)
	}
}

// draw replaces the line.
func (p *progress) draw() {
	if p.line == nil {
		return
	}
	text := "preparing"
	if e := p.now; e.Phase != "" {
		text = fmt.Sprintf("block %d of %s  %s  %s  about %s left", e.Block, e.Rest.Blocks(), e.Variant, p.phase(), p.left())
	}
	fmt.Fprintf(p.line, "\r\x1b[K%s  %s", metric.ShowElapsed(time.Since(p.began)), text) // CSI K clears to the end of the line
	p.drawn = true
}

func (p *progress) erase() {
	if p.drawn {
		fmt.Fprint(p.line, "\r\x1b[K")
		p.drawn = false
	}
}

// phase names the phase. During the load it is the phase of the schedule, with the time
// in it.
func (p *progress) phase() string {
	at := time.Since(p.since)
	if p.now.Phase != scenario.PhaseLoad {
		return p.now.Phase
	}
	for _, ph := range p.scenario.Load.Phases {
		if at < ph.For {
			return fmt.Sprintf("%s %.0f/%.0fs", ph.Name, at.Seconds(), ph.For.Seconds())
		}
		at -= ph.For
	}
	return scenario.PhaseDrain
}

// left estimates the time to the end of the run, from the finished trials if there are
// some: "12 min", or "4 min to 12 min" if an interim analysis may end it.
func (p *progress) left() string {
	each := design.TrialLength(p.scenario)
	if p.finished > 0 {
		each = p.current.Sub(p.first) / time.Duration(p.finished)
	}
	after := func(trials int) string {
		return metric.ShowLength(max(0, time.Duration(trials)*each-time.Since(p.current)))
	}
	rest := p.now.Rest
	if rest.LeastTrials == rest.MostTrials {
		return after(rest.MostTrials)
	}
	return after(rest.LeastTrials) + " to " + after(rest.MostTrials)
}
