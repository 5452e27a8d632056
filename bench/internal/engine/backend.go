package engine

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// backend starts programs: in containers, or as processes.
type backend interface {
	// provide gets the programs ready to start: it builds or pulls each once.
	provide(ctx context.Context, programs []program) error
	// postgres starts a server, or finds one, that accepts connections soon.
	postgres(ctx context.Context, settings map[string]string) (*server, error)

	// port is where a program is to listen that would listen on want if it had
	// an address of its own.
	port(want int) (int, error)
	// listen is the host part of an address to listen on.
	listen() string
	// laid is the directory where the program of that name finds the files that have
	// no place of their own, and whether all are put there.
	laid(program string) (dir string, all bool)
	// reach is host:port of another program of the run, as its neighbours call it.
	reach(name string, port int) string

	// start starts a program that was provided.
	start(ctx context.Context, sp spec) (process, error)
	// sample starts a sampler beside the process.
	sample(ctx context.Context, p process, as sampling) (*feed, error)

	facts() map[string]string
	close() error
}

// program is something to start.
type program struct {
	who  string // needs it, for messages: `variant "before"`
	fact string // names it among the facts: "variant.before"
	scenario.Program
	spiked bool // with the spike before it, see spec.spike
}

// key is the same for programs that are built or pulled as one.
func (p program) key() string {
	key := p.Build.String() + p.Image
	if p.spiked {
		key = "spiked:" + key
	}
	return key
}

// laidFile is one that a program finds.
type laidFile struct {
	text    []byte
	private bool // it holds what other users of the machine must not read
}

// spec is one start of a program.
type spec struct {
	program
	name   string // of the process or in the network: "upstream"
	env    map[string]string
	args   []string
	files  map[string]laidFile // by their place in a container, see laid
	ports  []int               // where it listens, as port gave them
	limits *scenario.Limits    // nil: none
	log    string              // file for its output, appended to
	spike  metric.Bytes        // held beside a spiked program
	user   string              // in a container; empty: its image's own
	signal scenario.StopSignal // that it is to end at; empty: its image's own, or TERM
	init   bool                // in a container, below an init that passes signals on and reaps orphans
}

// sampling is one start of the sampler.
type sampling struct {
	name string // of the process or container, unlike that of any other
	rate int    // samples a second
	log  string // file for its words
}

// process is a program that was started.
type process interface {
	// endpoint is host:port as this process reaches the program's port.
	endpoint(port int) string
	// done is closed when the program has ended.
	done() <-chan struct{}
	// end is how it ended; only after done.
	end() outcome
	// cpu is the CPU time, in seconds, that the program and what it started
	// have used so far.
	cpu(ctx context.Context) (seconds float64, err error)
	// stop sends SIGTERM, after grace SIGKILL, waits and removes what is left.
	// Once it has ended, stop only does the latter.
	stop(ctx context.Context, grace time.Duration) (outcome, error)
}

// outcome is how a process ended.
type outcome struct {
	code      int // exit status; -1 where a signal ended it
	signal    int // which, else 0
	oomKilled bool
	// daemonAway says that the daemon went away while the program ran, as in an
	// upgrade of Docker, and that the program had ended when it was back.
	daemonAway bool
}

func (o outcome) String() string {
	switch {
	case o.daemonAway:
		return "was ended by the Docker daemon, which stopped or restarted"
	case o.oomKilled:
		return "was killed by the kernel for want of memory"
	case o.signal != 0:
		return fmt.Sprintf("was ended by signal %d", o.signal)
	default:
		return fmt.Sprintf("exited with status %d", o.code)
	}
}

// server is a Postgres. The two URLs name the same server and no database.
type server struct {
	outer *url.URL // as this process reaches it
	inner *url.URL // as variants reach it
	proc  process  // nil where the server is not ours
	log   string
	facts map[string]string
}
