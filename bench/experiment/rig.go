package experiment

import (
	"context"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// Rig is the machine that an experiment runs on. It is a struct of functions
// so that a test can fake a machine and pin the order of the calls.
type Rig struct {
	// Quiet looks for that long at what the machine does while nothing of
	// a trial runs. nil where nobody can tell.
	Quiet func(ctx context.Context, look time.Duration) (metric.Noise, error)

	// Programs begins to watch which programs of this machine use its processors.
	// The function that it returns ends that and says which did, the busiest
	// first, without this process and the programs of the trial. nil where nobody
	// can tell.
	Programs func() (end func() []metric.ProgramCPU)

	// Start makes a fresh database, starts the variant of the plan and returns
	// once all its workers are ready. An error means that nothing of the trial
	// is left running; it is a [ServiceFailure] where the service is to blame.
	Start func(ctx context.Context, plan TrialPlan) (*Subject, error)

	// Load drives the attack against url and hands over each hit as it ends,
	// in no particular order, from one goroutine.
	Load func(ctx context.Context, url string, attack scenario.Attack, sink func(metric.Hit) error) (record.LoadReport, error)

	// Facts identify the machine: kernel, CPU, engine, images.
	Facts map[string]string

	// Discard says that the kernel charges its caches of files to the first who
	// looks them up, so that one trial of each image is run and thrown away first.
	Discard bool

	// Settle is by how much the idle phase may be longer than the scenario says, until
	// it holds readings of memory.
	Settle time.Duration

	// Now and Sleep are the clock. Sleep returns early with the context's error.
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error

	// Progress is told what goes on; it must not block.
	Progress func(Event)
}

// ServiceFailure is the error of a service that ended by itself, or was not ready in
// time, before it was measured.
type ServiceFailure struct{ Err error }

func (e ServiceFailure) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e ServiceFailure) Unwrap() error { return e.Err }

// TrialPlan says which trial to start.
type TrialPlan struct {
	Block    int          // 1, 2, 3, …; 0 for one that is discarded
	Position int          // 1, 2, … within the block; above Arms for a repeat
	Arms     int          // of the block
	Arm      scenario.Arm // what to start, and how; a control has the baseline under its own name
	Dir      string       // where the trial's raw data goes; the engine writes variant.log there
}

// Subject is a variant that is up.
type Subject struct {
	URL string // http://host:port as the generator reaches it

	// Describe asks the variant what it is: the scenario's describe path. The
	// map is nil where the scenario names no such path.
	Describe func(ctx context.Context) (map[string]string, error)

	// Count reads the counters around the variant, see [record.Counters].
	Count func(ctx context.Context) (record.Counters, error)

	// Sample reads memory and CPU several times a second and hands each sample
	// over, from one goroutine, until ctx ends; that is no error.
	Sample func(ctx context.Context, sink func(metric.Sample) error) error

	// Stop ends the variant as an operator would, waits for it and removes all
	// that belongs to the trial, its database included. It works with a
	// context of its own when the run's is cancelled.
	Stop func(ctx context.Context) (record.Exit, error)
}

// Event is one piece of news for the progress line.
type Event struct {
	Block, Blocks       int // 1-based; Blocks is how many are planned
	Position, Positions int // 1-based within the block
	// Ahead is how many trials are not over, the running one included.
	Ahead       int
	Variant     string
	Phase       string        // PhaseQuiet, "start", PhaseIdle, PhaseLoad, "stop"; empty with a Note
	PhaseLength time.Duration // 0 where it is not known beforehand
	Note        string        // a line to keep on the screen
}
