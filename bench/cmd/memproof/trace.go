package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/internal/generator"
	"github.com/memproof/memproof/bench/internal/runner"
)

// traceCommand makes a trace of an access log, for a phase that replays it.
func traceCommand(_ context.Context, args []string, out, errOut io.Writer) (int, error) {
	var routes []generator.Route
	fs := newFlags("trace", errOut)
	fs.Func("target", "`NAME=METHOD:/PATH`: requests of this method below this path are the target's; any method without METHOD: (may be given again)", func(text string) error {
		r, err := generator.ParseRoute(text)
		routes = append(routes, r)
		return err
	})
	to := fs.String("to", "", "`file` to make, in place of the standard output")
	logs, err := parse(fs, args)
	if err != nil {
		return 0, err
	}
	if len(logs) != 1 {
		return 0, badInput("trace takes one access log")
	}
	l, err := readAccessLog(logs[0], routes)
	if err != nil {
		return 0, runner.BadInput{Err: err}
	}
	var text bytes.Buffer
	if err := l.Trace.Write(&text); err != nil {
		return 0, err
	}
	if *to == "" {
		_, err = out.Write(text.Bytes())
	} else {
		err = files.WriteFile(*to, text.Bytes())
	}
	if err != nil {
		return 0, err
	}
	tellTrace(errOut, l)
	return 0, nil
}

func readAccessLog(path string, routes []generator.Route) (*generator.AccessLog, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l, err := generator.ReadAccessLog(f, routes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

func tellTrace(w io.Writer, l *generator.AccessLog) {
	fmt.Fprintf(w, "%d requests in %v", len(l.Trace), l.Trace[len(l.Trace)-1].At)
	if l.Skipped > 0 {
		fmt.Fprintf(w, ", %d that no target takes left out", l.Skipped)
	}
	if l.Strange > 0 {
		fmt.Fprintf(w, ", lines of no request left out: %d", l.Strange)
	}
	fmt.Fprintln(w)
	if l.Spread {
		fmt.Fprintln(w, "the log tells whole seconds alone: the requests of each were spread evenly over it")
	}
}
