// Package backend has what an engine is to a session, and what the engines share: a
// [Backend] starts programs, an [Engine] is a row of the table of engines.
package backend

import (
	"context"
	"net/url"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// Backend starts the programs of one session: in containers, or as processes.
type Backend interface {
	// Provide gets the programs ready to start: it builds or pulls each once.
	Provide(ctx context.Context, programs []Program) error
	// Postgres starts a server, or finds one, that accepts connections soon.
	Postgres(ctx context.Context, settings map[string]string) (*Server, error)

	// Port returns where a program is to listen that would listen on want if it had
	// an address of its own.
	Port(want int) (int, error)
	// ListenHost returns the host part of an address to listen on.
	ListenHost() string
	// FilesDir returns the directory where the program of that name finds the files
	// without a place of their own, and whether all are put there.
	FilesDir(program string) (dir string, all bool)
	// Address returns host:port of a program, as the other programs of the run reach it.
	Address(name string, port int) string

	// Start starts a program that was provided.
	Start(ctx context.Context, sp Spec) (Process, error)
	// Sample starts a sampler of the process.
	Sample(ctx context.Context, p Process, as Sampling) (*Feed, error)
	// Owns returns a function that reports whether a process of this machine belongs to
	// this session. It knows the processes that run when Owns is called.
	Owns(ctx context.Context) (func(pid int) bool, error)

	Capabilities() Capabilities
	Facts() map[string]string
	Close() error
}

// Options are what a back end needs to know of the run.
type Options struct {
	Session  string             // its id
	Root     string             // directory of the go.mod that the scenario's build paths are relative to
	Logs     string             // directory of the engine's own logs
	Folder   string             // of files that are removed with the session
	Scenario *scenario.Scenario // its limits, users and secrets
	Say      func(line string)  // to the person, at a slow step
}

// Capabilities are what can be measured and limited in programs that a back end starts.
type Capabilities struct {
	// MemoryBasis is [metric.BasisPSS] where a program has no cgroup of its own, else
	// [metric.BasisCharged], unless its samples say better.
	MemoryBasis  string
	LimitsMemory bool // a variant can get a limit of memory
	PinsCPU      bool // a variant gets whole processors of this machine, in place of a quota
	// ChargesCaches reports that a variant's charge includes caches that can't be
	// subtracted from it: those of cgroup v1, of files that it is the first to look up.
	ChargesCaches bool
}

// Contained reports whether programs have cgroups of their own.
func (c Capabilities) Contained() bool { return c.MemoryBasis != metric.BasisPSS }

// File is a file for a program.
type File struct {
	Text    []byte
	Private bool // other users of the machine must not read it
}

// Spec is one start of a program.
type Spec struct {
	Program
	Name       string // of the process or in the network: "upstream"
	Env        map[string]string
	Args       []string         // filled in; the Program's own are the pattern
	Files      map[string]File  // by their place in a container, see [Backend.FilesDir]
	Ports      []int            // where it listens, as [Backend.Port] gave them
	Limits     *scenario.Limits // nil: none
	Log        string           // file for its output, appended to
	HeldMemory metric.Bytes     // held next to a program that is Injected
	User       string           // in a container; empty: its image's own
	// Signal is what the program is to end at; empty: its image's own, or TERM.
	Signal scenario.StopSignal
	Init   bool // in a container, below an init that passes signals on and reaps orphans
}

// Sampling is one start of the sampler.
type Sampling struct {
	Name string // of the process or container, unlike any other's
	Rate int    // samples a second
	Log  string // file for its messages
}

// Server is a Postgres. The two URLs name the same server and no database.
type Server struct {
	Outer *url.URL // as this process reaches it
	Inner *url.URL // as variants reach it
	Proc  Process  // nil where the session did not start the server
	Log   string
	Facts map[string]string
}
