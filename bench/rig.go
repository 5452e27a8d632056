package bench

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"
)

// Rig is the machine that an experiment runs on. It is a struct of functions
// so that a test can fake a machine and pin the order of the calls.
type Rig struct {
	// Quiet looks for that long at what the machine does while nothing of
	// a trial runs. nil where nobody can tell.
	Quiet func(ctx context.Context, look time.Duration) (Noise, error)

	// Programs begins to watch which programs of this machine use its processors.
	// The function that it returns ends that and says which did, the busiest
	// first, without this process and the programs of the trial. nil where nobody
	// can tell.
	Programs func() (end func() []ProgramCPU)

	// Start makes a fresh database, starts the variant of the plan and returns
	// once all its workers are ready. An error means that nothing of the trial
	// is left running.
	Start func(ctx context.Context, plan TrialPlan) (*Subject, error)

	// Load drives the attack against url and hands over each hit as it ends,
	// in no particular order, from one goroutine.
	Load func(ctx context.Context, url string, attack Attack, sink func(Hit) error) (LoadReport, error)

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

// TrialPlan says which trial to start.
type TrialPlan struct {
	Block    int     // 1, 2, 3, …; 0 for one that is discarded
	Position int     // 1, 2, … within the block
	Arms     int     // trials of the block
	Variant  Variant // what to start; a control has the baseline under its own name
	Spike    *Spike  // what to add to it from outside, nil for all arms but the injected
	Dir      string  // where the trial's raw data goes; the engine writes variant.log there
}

// Subject is a variant that is up.
type Subject struct {
	URL string // http://host:port as the generator reaches it

	// Describe asks the variant what it is: the scenario's describe path. The
	// map is nil where the scenario names no such path.
	Describe func(ctx context.Context) (map[string]string, error)

	// Count reads the counters around the variant, see [Counters].
	Count func(ctx context.Context) (Counters, error)

	// Sample reads memory and CPU several times a second and hands each sample
	// over, from one goroutine, until ctx ends; that is no error.
	Sample func(ctx context.Context, sink func(Sample) error) error

	// Stop ends the variant as an operator would, waits for it and removes all
	// that belongs to the trial, its database included. It works with a
	// context of its own when the run's is cancelled.
	Stop func(ctx context.Context) (Exit, error)
}

// Counters are monotonic counts around the variant by name: "ledger.rows",
// "upstream.requests", "upstream.connections_opened", …, and the CPU seconds of
// what serves the variant: "postgres.cpu_seconds", "upstream.cpu_seconds" and, of a
// companion, "beside.NAME.cpu_seconds". A count that could not be read has no
// entry, and the engine tells the person why.
//
// A whole number that a float64 can't hold has a second entry under its name after
// [RestPrefix]: what is to be added to the first to have it to the last digit.
type Counters map[string]float64

// RestPrefix begins the name of what a counter is beyond the float64 next to it.
const RestPrefix = "rest."

// exactly is the counter to its last digit.
func (c Counters) exactly(name string) *big.Float {
	sum := new(big.Float).SetPrec(2 * 53).SetFloat64(finite(c[name]))
	return sum.Add(sum, big.NewFloat(finite(c[RestPrefix+name])))
}

// show is the counter with all its digits.
func (c Counters) show(name string) string {
	if c[RestPrefix+name] == 0 {
		return strconv.FormatFloat(c[name], 'f', -1, 64)
	}
	return c.exactly(name).Text('f', 0)
}

// finite spares big.Float what it panics at.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

// Exit is how a variant ended.
type Exit struct {
	Code      int  `json:"code"`                 // exit status of the root process, -1 where a signal ended it
	Signal    int  `json:"signal,omitempty"`     // which signal ended it
	Unasked   bool `json:"unasked,omitempty"`    // it had ended before it was asked to
	OOMKilled bool `json:"oom_killed,omitempty"` // the kernel ended it for want of memory
	// DaemonAway says that it ended with the Docker daemon, which stopped or
	// restarted: that is no fault of the service.
	DaemonAway bool   `json:"daemon_away,omitempty"`
	LastLines  string `json:"last_lines,omitempty"` // the end of its log, where it did not exit with status 0
	// Beside tells of a companion that ended before it was asked to.
	Beside string `json:"beside,omitempty"`
}

// orderly says whether a variant that was asked to stop by a signal did: with
// status 0, or as a program does that leaves the signal to the system, directly
// or as a shell reports it (128 + its number).
func (e Exit) orderly(signal int) bool {
	return e.Code == 0 || e.Signal == signal || e.Code == 128+signal
}

// outlasted says whether a variant that was asked to stop by a signal was killed
// instead, when the grace was over.
func (e Exit) outlasted(asked StopSignal) bool {
	const kill = StopSignal("KILL")
	ended := e.Unasked || e.OOMKilled || e.DaemonAway // before the grace was over
	return !ended && asked != kill && (e.Signal == kill.Number() || e.Code == 128+kill.Number())
}

func (e Exit) how() string {
	if e.Signal != 0 {
		return fmt.Sprintf("by signal %d", e.Signal)
	}
	return fmt.Sprintf("with status %d", e.Code)
}

// Attack is the load of one trial.
type Attack struct {
	Targets  []Target // one or more, see [Load.Mix]
	Arrivals Arrivals
	Phases   []Phase // one after the other without a gap
	Seed     uint64  // of the request sequence, the same for every variant
	Workers  int     // requests that may be in flight at once
	// KeepAlive is how long a connection may be idle and be used again; 0: never.
	KeepAlive time.Duration
	Digests   bool // of answers are wanted
}

// LoadReport is what the generator says of itself.
type LoadReport struct {
	Began   time.Time `json:"began"`   // offset 0 of all hits
	Offered uint64    `json:"offered"` // hits of the schedule
	Sent    uint64    `json:"sent"`    // hits that were sent
	// MostInFlight is how many requests were under way at once, at the most.
	MostInFlight int     `json:"most_in_flight"`
	CPUSeconds   float64 `json:"cpu_seconds"` // of the generator's process, during the attack
	// Nice is its priority, see setpriority(2). Below 0 it runs before others of
	// its own cgroup alone: before a service in a container, or in another slice of
	// systemd, it need not. What that cost is the send lag.
	Nice int `json:"nice"`
}

// Event is one piece of news for the progress line.
type Event struct {
	Block, Blocks       int // 1-based; Blocks is how many are planned, replacements included
	Position, Positions int // 1-based within the block
	// Ahead is how many trials are not over, the running one included.
	Ahead       int
	Variant     string
	Phase       string        // PhaseQuiet, "start", PhaseIdle, PhaseLoad, "stop"; empty with a Note
	PhaseLength time.Duration // 0 where it is not known beforehand
	Note        string        // a line to keep on the screen
}
