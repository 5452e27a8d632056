// Command memproof answers whether a change really cut the memory of a
// service, by how much, and at what cost.
//
// Usage:
//
//	memproof run [-engine auto|docker|host] [-out DIR] SCENARIO
//	memproof run -resume DIR
//	memproof judge DIR
//	memproof report DIR
//	memproof init [-port N] [-path PATH] [-rate N] [-window D] [-to FILE] IMAGE
//	memproof trace [-target NAME=METHOD:/PATH]... [-to FILE] LOG
//	memproof validate SCENARIO...
//	memproof compare DIR DIR
//	memproof export [-variant NAME] [-block N] -to FILE DIR
//	memproof doctor [-engine auto|docker|host] [-json] [SCENARIO]
//	memproof clean [-older D] [SESSION...]
//
// Run starts the scenario's variants under load in randomised blocks, judges
// its claims and writes a report. Judge and report work on the directory of a
// run that is over, on any machine: judge writes verdict.json and prints the
// verdict, report draws the report of it anew. Validate checks scenarios
// without starting anything.
//
// Init asks nothing and writes a scenario for an image, with comments where a
// person has to decide. Trace turns an access log, of the combined format or a
// JSON object a line, into a trace that a phase of a scenario can replay.
//
// Compare sets the claims that two runs share side by side, the second against
// the first. It refuses runs that asked different questions, and leaves out
// absolute figures of different machines, with the reasons.
//
// Doctor tells what the machine has for a run, what it can't measure and what to
// do about it; run asks it first, prints what is not ok and refuses a machine
// that fails.
//
// Clean lists what runs have on the machine and the Docker daemon, and removes what
// is left of those that have ended. What belongs to a process that can't be seen
// from here, on another machine, in another container or before a restart, may be
// in use: it is removed only by its session's name or with -older.
//
// Export writes the requests of a run as a result file for vegeta report and
// vegeta plot. Its timestamps are the times at which the schedule wanted the
// requests sent and its latencies the response times from then, so vegeta's
// figures count the time that a request waited to be sent, as memproof's do.
// A FILE that ends in .json or .csv is written so, any other as gob.
//
// The exit status is
//
//	0    every claim is proven, or nothing is claimed
//	1    a claim is refuted
//	2    bad input, or a machine on which it can't run: nothing was measured
//	3    inconclusive: more blocks are needed
//	4    invalid: the measurement broke
//	5    failed: the service died, was OOM-killed or lost work
//	130  interrupted
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/printable"
	"github.com/memproof/memproof/bench/internal/runner"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// Exit statuses besides those of the outcomes.
const (
	exitBadInput    = 2
	exitInterrupted = 130
)

func main() {
	engine.WatchdogMain()
	os.Exit(mainStatus())
}

// mainStatus is main for tests: it returns instead of exiting.
func mainStatus() int {
	ctx, stop := interruptible(context.Background())
	defer stop()
	return command(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

var commands = []struct {
	name, args string
	run        func(ctx context.Context, args []string, out, err io.Writer) (status int, e error)
}{
	{"run", "[-engine auto|docker|host] [-out DIR] SCENARIO | -resume DIR", runCommand},
	{"judge", "DIR", judgeCommand},
	{"report", "DIR", reportCommand},
	{"init", "[-port N] [-path PATH] [-rate N] [-window D] [-to FILE] IMAGE", initCommand},
	{"trace", "[-target NAME=METHOD:/PATH]... [-to FILE] LOG", traceCommand},
	{"validate", "SCENARIO...", validateCommand},
	{"compare", "DIR DIR", compareCommand},
	{"export", "[-variant NAME] [-block N] -to FILE DIR", exportCommand},
	{"doctor", "[-engine auto|docker|host] [-json] [SCENARIO]", doctorCommand},
	{"clean", "[-older D] [SESSION...]", cleanCommand},
}

// command runs one command and returns the exit status.
func command(ctx context.Context, args []string, out, errOut io.Writer) int {
	if len(args) == 0 {
		usage(errOut)
		return exitBadInput
	}
	for _, c := range commands {
		if c.name != args[0] {
			continue
		}
		status, err := c.run(ctx, args[1:], out, errOut)
		if err == nil {
			return status
		}
		return complain(ctx, err, errOut)
	}
	if args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		usage(out)
		return 0
	}
	fmt.Fprintf(errOut, "memproof: there is no command %q\n", args[0])
	usage(errOut)
	return exitBadInput
}

// complain prints the error and picks the status that tells its kind.
func complain(ctx context.Context, err error, errOut io.Writer) int {
	var bad runner.BadInput
	var none record.NoRawData
	errOut = printable.Writer(errOut) // it may quote a program, a daemon or a file
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0 // the flag package has printed the help
	case ctx.Err() != nil:
		fmt.Fprintf(errOut, "memproof: %s\n", interruption(err, ""))
		return exitInterrupted
	case errors.As(err, &bad), errors.As(err, &none):
		fmt.Fprintf(errOut, "memproof: %v\n", err)
		return exitBadInput
	case errors.As(err, new(experiment.ServiceFailure)):
		fmt.Fprintf(errOut, "memproof: %s: %v\n", verdict.Failed, err)
		return verdict.Failed.ExitCode()
	default:
		fmt.Fprintf(errOut, "memproof: %v\n", err)
		return verdict.Invalid.ExitCode()
	}
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage:")
	for _, c := range commands {
		fmt.Fprintf(w, "  memproof %s %s\n", c.name, c.args)
	}
	fmt.Fprintln(w, "exit status: 0 proven, 1 refuted, 2 bad input, 3 inconclusive, 4 invalid, 5 failed, 130 interrupted")
}
