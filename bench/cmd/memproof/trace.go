package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/memproof/memproof/bench/internal/runner"
	"github.com/memproof/memproof/bench/scenario/input"
)

// traceCommand converts an access log to a trace, for a phase that replays it.
func traceCommand(_ context.Context, c *invocation) (int, error) {
	var routes []input.Route
	c.Func("target", "`NAME=METHOD:/PATH`: the target of requests with this method below this path; without METHOD: any method (repeatable)", func(text string) error {
		r, err := input.ParseRoute(text)
		routes = append(routes, r)
		return err
	})
	to := c.String("to", "", "`file` to make, instead of the standard output")
	logs, err := c.parse("one access log", 1, 1)
	if err != nil {
		return 0, err
	}
	l, err := readAccessLog(logs[0], routes)
	if err != nil {
		return 0, runner.BadInput{Err: err}
	}
	var text bytes.Buffer
	if err := l.Trace.Write(&text); err != nil {
		return 0, err
	}
	if err := c.write(*to, text.Bytes()); err != nil {
		return 0, err
	}
	describeTrace(c.errOut, l)
	return 0, nil
}

func readAccessLog(path string, routes []input.Route) (*input.AccessLog, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l, err := input.ReadAccessLog(f, routes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

func describeTrace(w io.Writer, l *input.AccessLog) {
	fmt.Fprintf(w, "%d requests in %v", len(l.Trace), l.Trace[len(l.Trace)-1].At)
	if l.Skipped > 0 {
		fmt.Fprintf(w, "; skipped %d requests that match no -target", l.Skipped)
	}
	if l.Strange > 0 {
		fmt.Fprintf(w, "; skipped %d lines that are not requests", l.Strange)
	}
	fmt.Fprintln(w)
	if l.Spread {
		fmt.Fprintln(w, "the log has whole seconds only; requests are spread evenly within each second")
	}
}
