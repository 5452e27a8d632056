// Sampler prints the memory and CPU of a process tree and its container, several times a
// second, as JSON lines on standard output: one [metric.Sample] a line, one write each.
//
//	sampler -root PID [-keeper PID] [-proc /proc] [-cgroup DIR] [-rate 5] [-stdin]
//
// On a host it runs next to the variant, with the pid of the variant's root process. For
// a container it runs in a container that shares the variant's pid namespace and nothing
// else, and needs no file of the host:
//
//	docker run --pid container:ID --network none --read-only \
//	  --cap-drop ALL --cap-add SYS_PTRACE IMAGE \
//	  -root 1 -cgroup /proc/1/root/sys/fs/cgroup
//
// SYS_PTRACE is for smaps_rollup and for /proc/1/root. When the container's first process
// ends, the kernel kills the sampler with it.
//
// It ends with status 0 on SIGTERM or SIGINT, when the root process has ended and, with
// -stdin, when its standard input is closed, so that it ends with its parent. Status 1:
// it can't begin to sample or can't write a line. Status 2: its flags are wrong.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/memproof/memproof/bench/internal/hostinfo"
	"github.com/memproof/memproof/bench/internal/sampler"
	"github.com/memproof/memproof/bench/metric"
)

func main() {
	signal.Ignore(syscall.SIGPIPE) // a closed pipe is then the error of a write
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(report(os.Stderr, err))
}

// errUsage is the error for wrong flags, which the flag package has reported.
var errUsage = errors.New("wrong usage")

// report prints an error, if there is one, and returns the exit status.
func report(w io.Writer, err error) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if errors.Is(err, errUsage) {
		return 2
	}
	fmt.Fprintln(w, "sampler:", err)
	if errors.Is(err, sampler.ErrGone) {
		return 0
	}
	return 1
}

// run samples until ctx ends, which is not an error.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	o, untilEOF, err := parse(args, stderr)
	if err != nil {
		return err
	}
	s, err := sampler.Open(o)
	if err != nil {
		return err
	}
	if untilEOF {
		var stop context.CancelFunc
		ctx, stop = context.WithCancel(ctx)
		go func() {
			_, _ = io.Copy(io.Discard, stdin) // an error ends the sampler as EOF does
			stop()
		}()
	}
	return s.Run(ctx, withMachine(hostinfo.Open(o.Proc), lines(stdout)))
}

func parse(args []string, stderr io.Writer) (o sampler.Options, untilEOF bool, err error) {
	f := flag.NewFlagSet("sampler", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.IntVar(&o.Root, "root", 0, "`pid` of the root process; all its descendants are measured with it")
	f.IntVar(&o.Keeper, "keeper", 0, "`pid` of a process that adopts descendants whose parent has ended; it is not measured")
	f.StringVar(&o.Proc, "proc", "/proc", "`directory` where procfs is mounted")
	f.StringVar(&o.Cgroup, "cgroup", "", "`directory` that the variant sees as /sys/fs/cgroup; none: processes only")
	f.Float64Var(&o.Rate, "rate", 5, "samples a second, above 0 and at most 100")
	f.BoolVar(&untilEOF, "stdin", false, "end when standard input is closed")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return o, false, err
	} else if err != nil {
		return o, false, errUsage
	}
	if o.Root < 1 || o.Keeper < 0 || f.NArg() > 0 {
		fmt.Fprintln(stderr, "sampler: want -root PID and no other arguments")
		f.Usage()
		return o, false, errUsage
	}
	return o, untilEOF, nil
}

// lines writes each sample as one line in one write, which is how an Encoder writes: the
// reader of a pipe never gets half a line at the end.
func lines(w io.Writer) func(metric.Sample) error {
	e := json.NewEncoder(w)
	return func(s metric.Sample) error {
		if err := e.Encode(s); err != nil {
			return fmt.Errorf("write a sample: %w", err)
		}
		return nil
	}
}

// withMachine adds the machine's counters to each sample. If they can't be read, the
// sample says so.
func withMachine(r *hostinfo.Reader, emit func(metric.Sample) error) func(metric.Sample) error {
	return func(s metric.Sample) (err error) {
		if s.Machine, err = r.Now(); err != nil {
			s.Missing = append(s.Missing, fmt.Sprintf("machine: %v", err))
		}
		return emit(s)
	}
}
