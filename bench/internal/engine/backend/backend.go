package backend

import (
	"context"
	"net/url"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// Backend starts the programs of one session: in containers, or as processes.
type Backend interface {
	// Provide gets the programs ready to start: it builds or pulls each once.
	Provide(ctx context.Context, programs []Program) error
	// Postgres starts a server, or finds one, that accepts connections soon.
	Postgres(ctx context.Context, settings map[string]string) (*Server, error)

	// Port is where a program is to listen that would listen on want if it had
	// an address of its own.
	Port(want int) (int, error)
	// ListenHost is the host part of an address to listen on.
	ListenHost() string
	// FilesDir is the directory where the program of that name finds the files that
	// have no place of their own, and whether all are put there.
	FilesDir(program string) (dir string, all bool)
	// Address is host:port of another program of the run, as its neighbours call it.
	Address(name string, port int) string

	// Start starts a program that was provided.
	Start(ctx context.Context, sp Spec) (Process, error)
	// Sample starts a sampler beside the process.
	Sample(ctx context.Context, p Process, as Sampling) (*Feed, error)
	// Owns returns a function that says whether a process of this machine is of this
	// session. It is of what runs when Owns is called.
	Owns(ctx context.Context) (func(pid int) bool, error)

	Capabilities() Capabilities
	Facts() map[string]string
	Close() error
}

// Options are what a back end is told of the run.
type Options struct {
	Session  string             // its id
	Root     string             // directory of the go.mod that the scenario's build paths are relative to
	Logs     string             // directory of the engine's own logs
	Folder   string             // of files that go with the session
	Scenario *scenario.Scenario // its limits, users and secrets
	Say      func(line string)  // to the person, at a slow step
}

// Capabilities are what can be known of programs that a back end starts.
type Capabilities struct {
	// MemoryBasis is what memory is made of: [metric.BasisPSS] where a program has no
	// cgroup of its own, else [metric.BasisCharged], unless its samples say better.
	MemoryBasis  string
	LimitsMemory bool // a variant can be held to a limit of memory
	PinsCPU      bool // a variant gets whole processors of this machine, in place of a quota
	// ChargesCaches says that variants are charged for caches which are not told from
	// the rest of their memory: those of cgroup v1, of files that they are the first
	// to look up.
	ChargesCaches bool
}

// Contained says that programs have cgroups of their own.
func (c Capabilities) Contained() bool { return c.MemoryBasis != metric.BasisPSS }

// File is one that a program finds.
type File struct {
	Text    []byte
	Private bool // it holds what other users of the machine must not read
}

// Spec is one start of a program.
type Spec struct {
	Program
	Name   string // of the process or in the network: "upstream"
	Env    map[string]string
	Args   []string         // filled in, of which the Program's own are the pattern
	Files  map[string]File  // by their place in a container, see [Backend.FilesDir]
	Ports  []int            // where it listens, as [Backend.Port] gave them
	Limits *scenario.Limits // nil: none
	Log    string           // file for its output, appended to
	Spike  metric.Bytes     // held beside a spiked program
	User   string           // in a container; empty: its image's own
	// Signal is what the program is to end at; empty: its image's own, or TERM.
	Signal scenario.StopSignal
	Init   bool // in a container, below an init that passes signals on and reaps orphans
}

// Sampling is one start of the sampler.
type Sampling struct {
	Name string // of the process or container, unlike any other's
	Rate int    // samples a second
	Log  string // file for its words
}

// Process is a program that was started.
type Process interface {
	// Endpoint is host:port as this process reaches the program's port.
	Endpoint(port int) string
	// Done is closed when the program has ended.
	Done() <-chan struct{}
	// End is how it ended; only after Done.
	End() Outcome
	// CPU is the CPU time, in seconds, that the program and what it started
	// have used so far.
	CPU(ctx context.Context) (seconds float64, err error)
	// Stop sends the program's signal, after grace SIGKILL, waits and removes what is
	// left. Once it has ended, Stop only does the latter.
	Stop(ctx context.Context, grace time.Duration) (Outcome, error)
}

// HasEnded says whether the process has.
func HasEnded(p Process) bool {
	select {
	case <-p.Done():
		return true
	default:
		return false
	}
}

// Server is a Postgres. The two URLs name the same server and no database.
type Server struct {
	Outer *url.URL // as this process reaches it
	Inner *url.URL // as variants reach it
	Proc  Process  // nil where the server is not ours
	Log   string
	Facts map[string]string
}
