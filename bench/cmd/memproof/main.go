// Command memproof measures whether a change cut the memory of a service, by how much,
// and at what cost.
//
// memproof help lists the commands and their arguments.
//
// Run starts the scenario's variants under load in randomised blocks, judges its claims
// and writes a report. Judge and report need the directory of a finished run, and work
// on any machine: judge writes verdict.json and prints the verdict, report also writes
// the report. Validate checks scenarios without starting anything.
//
// A run is added to the study of its scenario: the folder reports/SCENARIO, with one
// folder a run and a journal of every start. The study holds runs that measure the same.
// If a bound, a window, an artefact or anything else that is measured has changed, a new
// study begins and its report lists the changes; -new begins one in any case. The exit
// status is the run's. With -study the journal is that file, which a pipeline may carry
// from job to job, and the exit status is the study's. Judge and report take studies too,
// and -resume takes a study whose last unfinished run is to be resumed.
//
// Init writes a scenario for an image, with comments where a person must decide. Trace
// converts an access log, in the combined format or one JSON object per line, to a trace
// that a phase of a scenario can replay.
//
// Compare compares the claims that two runs or two studies share, the second with the
// first. Between studies the intervals include how runs differ; between two runs they hold
// within these runs. It refuses different questions. It omits absolute figures of
// different machines, with the reasons.
//
// Doctor lists what the machine has for a run, what it cannot measure and what to do
// about it. Run does the same first, prints what is not ok and refuses a machine that
// fails.
//
// Clean lists what runs have on the machine and in the Docker daemon, and removes what
// ended runs left. If the process of a run cannot be seen from here (another machine, a
// container, before a restart), what belongs to it may be in use: name the session, or
// use -older, to remove it.
//
// Export writes the requests of a run as a result file for vegeta report and vegeta
// plot. A timestamp is when the schedule wanted the request sent, and a latency is the
// response time from then. So vegeta's figures include the time that a request waited to
// be sent, as memproof's do. FILE.json and FILE.csv are written in these formats, any
// other file as gob.
//
// The exit status is
//
//	0    every claim is proven, or nothing is claimed
//	1    a claim is refuted
//	2    bad input, or a machine that cannot do the run: nothing was measured
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
	"github.com/memproof/memproof/bench/internal/files"
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
	run        func(context.Context, *invocation) (status int, err error)
}{
	{"run", "[-engine auto|docker|host] [-out FOLDER] [-new] [-study FILE] SCENARIO | -resume DIR", runCommand},
	{"judge", "[-study FILE] DIR", judgeCommand},
	{"report", "[-study FILE] DIR", reportCommand},
	{"init", "[-port N] [-path PATH] [-rate N] [-window D] [-to FILE] IMAGE", initCommand},
	{"trace", "[-target NAME=METHOD:/PATH]... [-to FILE] LOG", traceCommand},
	{"validate", "SCENARIO...", validateCommand},
	{"compare", "DIR DIR", compareCommand},
	{"export", "[-variant NAME] [-block N] -to FILE DIR", exportCommand},
	{"doctor", "[-engine auto|docker|host] [-json] [SCENARIO]", doctorCommand},
	{"clean", "[-older D] [SESSION...]", cleanCommand},
}

// invocation is a call of a command.
type invocation struct {
	*flag.FlagSet
	words       []string // after the command's name
	out, errOut io.Writer
	runDir      string // the run that the command measures; empty for none
}

// parse sets the flags, which may follow other arguments, and returns the others: from
// least to most of them. want describes them.
func (c *invocation) parse(want string, least, most int) (args []string, err error) {
	for rest := c.words; ; rest = c.Args()[1:] {
		if err := c.Parse(rest); errors.Is(err, flag.ErrHelp) {
			return nil, err
		} else if err != nil { // the flag package has printed it
			return nil, runner.BadInput{Err: err}
		}
		if c.NArg() == 0 {
			break
		}
		args = append(args, c.Arg(0))
	}
	if len(args) < least || len(args) > most {
		return nil, badInput("%s takes %s", c.Name(), want)
	}
	return args, nil
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
		i := &invocation{FlagSet: flag.NewFlagSet(c.name, flag.ContinueOnError), words: args[1:], out: out, errOut: errOut}
		i.SetOutput(errOut)
		status, err := c.run(ctx, i)
		if err == nil {
			return status
		}
		return i.fail(ctx, err)
	}
	if args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		usage(out)
		return 0
	}
	fmt.Fprintf(errOut, "memproof: there is no command %q\n", args[0])
	usage(errOut)
	return exitBadInput
}

// fail prints the error and returns its exit status.
func (c *invocation) fail(ctx context.Context, err error) int {
	out := printable.Writer(c.errOut) // the error may quote a program, a daemon or a file
	status, text := verdict.Invalid.ExitCode(), err.Error()
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0 // the flag package has printed the help
	case ctx.Err() != nil:
		fmt.Fprintf(out, "memproof: %s\n", interruption(err, resumeHint(c.runDir)))
		return exitInterrupted
	case errors.As(err, new(runner.BadInput)), errors.As(err, new(record.NoRawData)):
		fmt.Fprintf(out, "memproof: %s\n", text)
		return exitBadInput
	case errors.As(err, new(experiment.ServiceFailure)):
		status, text = verdict.Failed.ExitCode(), fmt.Sprintf("%s: %s", verdict.Failed, text)
	}
	fmt.Fprintf(out, "memproof: %s\n", text)
	if hint := resumeHint(c.runDir); hint != "" {
		fmt.Fprintf(out, "memproof: %s\n", hint)
	}
	return status
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage:")
	for _, c := range commands {
		fmt.Fprintf(w, "  memproof %s %s\n", c.name, c.args)
	}
	fmt.Fprintln(w, "exit status: 0 proven, 1 refuted, 2 bad input, 3 inconclusive, 4 invalid, 5 failed, 130 interrupted")
}

// write writes to the file, or to the standard output if the path is empty.
func (c *invocation) write(path string, text []byte) (err error) {
	if path == "" {
		_, err = c.out.Write(text)
		return err
	}
	return files.WriteFile(path, text)
}

func badInput(format string, args ...any) error {
	return runner.BadInput{Err: fmt.Errorf(format, args...)}
}
