package experiment

import (
	"context"
	"time"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// Rig is the machine that an experiment runs on. It is a struct of functions, so that a
// test can fake a machine and pin the order of the calls.
type Rig struct {
	// Quiet reads the activity of the machine over that length, while no part of a trial
	// runs. nil if the activity cannot be read.
	Quiet func(ctx context.Context, length time.Duration) (metric.Noise, error)

	// Programs begins to watch which programs of this machine use its processors. The
	// returned function ends that and lists them, the busiest first, without this
	// process and the programs of the trial. nil if programs cannot be read.
	Programs func() (end func() []metric.ProgramCPU)

	// Start makes a fresh database, starts the variant of the plan and returns once all
	// its workers are ready. After an error no part of the trial is left running. The
	// error is a [ServiceFailure] if the service is at fault.
	Start func(ctx context.Context, plan TrialPlan) (*Subject, error)

	// Load sends the attack's requests to url and calls sink for each hit as it ends,
	// in no particular order, from one goroutine.
	Load func(ctx context.Context, url string, attack scenario.Attack, sink func(metric.Hit) error) (record.LoadReport, error)

	// Facts identify the machine: kernel, CPU, engine, images.
	Facts map[string]string

	// Discard asks for discarded trials, one per image: the kernel charges its file
	// caches to the first container that looks up a file.
	Discard bool

	// Settle is how much longer than the scenario says the idle phase may be, until it
	// has readings of memory.
	Settle time.Duration

	// Now and Sleep are the clock. Sleep returns early with the context's error.
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error

	// Progress receives the events; it must not block.
	Progress func(Event)
}

// ServiceFailure is the error of a service that ended by itself, or was not ready in
// time, before it was measured.
type ServiceFailure struct{ Err error }

func (e ServiceFailure) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e ServiceFailure) Unwrap() error { return e.Err }

// TrialPlan describes the trial to start.
type TrialPlan struct {
	Block    int          // 1, 2, 3, …; 0 for a discarded trial
	Position int          // 1, 2, … within the block; above Arms for a repeat
	Arms     int          // of the block
	Arm      scenario.Arm // what to start; a control is the baseline under the control's name
	Dir      string       // directory for the trial's raw data; the engine writes variant.log there
}

// Subject is a running variant.
type Subject struct {
	URL string // http://host:port as the generator reaches it

	// Describe asks the variant to describe itself, at the scenario's info_path.
	// The map is nil if the scenario has no such path.
	Describe func(ctx context.Context) (map[string]string, error)

	// Count reads the counters around the variant, see [record.Counters].
	Count func(ctx context.Context) (record.Counters, error)

	// Sample reads memory and CPU several times a second and calls sink for each
	// sample, from one goroutine, until ctx ends; that end is not an error.
	Sample func(ctx context.Context, sink func(metric.Sample) error) error

	// Stop ends the variant as an operator would, waits for it and removes the rest of
	// the trial, its database included. It also works when the run's context is
	// cancelled.
	Stop func(ctx context.Context) (record.Exit, error)
}

// Event is one message for the progress line.
type Event struct {
	Block               int // from 1
	Position, Positions int // 1-based within the block
	// Rest is what is left of the run. Its trials include the running one.
	Rest        design.Rest
	Variant     string
	Phase       string        // PhaseQuiet, "start", PhaseIdle, PhaseLoad, "stop"; empty with a Note
	PhaseLength time.Duration // 0 if unknown
	Note        string        // a line to keep on the screen
}
