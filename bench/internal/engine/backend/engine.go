package backend

import (
	"context"
	"fmt"

	"github.com/memproof/memproof/bench/internal/doctor"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/memproof/memproof/bench/scenario"
)

// Engine is one way to start programs: a row of the table of engines.
type Engine struct {
	Name string
	// Capabilities are what is known of it before it is opened.
	Capabilities Capabilities
	// Find looks for it on this machine. The scenario is nil for runs in general.
	Find func(ctx context.Context, sc *scenario.Scenario) Found
	// Refuses is the error of a scenario with something that it can't start; nil: it
	// refuses none.
	Refuses func(sc *scenario.Scenario) error
	// Main turns this process into a helper of the engine where it was started as one,
	// and never returns then; nil: it has none.
	Main func()
	// Place is where it leaves things, besides the folders and processes of this machine.
	Place leftovers.Place
}

// Means describes what changes for the variants where a run takes this engine in place
// of another.
func (e Engine) Means() string {
	text := fmt.Sprintf("variants run on the %s engine", e.Name)
	if !e.Capabilities.LimitsMemory {
		text += ", without a limit of memory"
	}
	return text
}

// Found is an engine as a machine has it.
type Found struct {
	Err    error             // why no run is possible; nil: one is
	Remedy string            // what to install or start then, where Err does not say it
	Why    string            // why a run takes it, where no other engine came before it
	Places map[string]string // where a session will leave things, see [leftovers.Leftovers]
	// Open makes its back end.
	Open func(ctx context.Context, o Options) (Backend, error)
	// Checks are the doctor's lines. They may take seconds.
	Checks func(ctx context.Context, s Standing) []doctor.Check
	// Close gives up what Find holds open, where Open was not called; nil: nothing.
	Close func()
}

// Release gives up what Find holds open, where Open was not called.
func (f Found) Release() {
	if f.Close != nil {
		f.Close()
	}
}

// Standing is whether a run would use an engine.
type Standing struct {
	Asked   bool    // the run may take it
	Instead *Engine // the run takes this one; nil: it takes no other
}
