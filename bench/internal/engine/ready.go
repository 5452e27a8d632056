package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/scenario"
)

const (
	pollEvery   = 50 * time.Millisecond
	pollTimeout = 2 * time.Second // of one request
)

// plain is how the engine asks services. It goes through no proxy, and it
// leaves no idle connection in the service that is about to be measured.
var plain = &http.Client{
	Timeout:   pollTimeout,
	Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true},
}

// get reads a page; any status but 200 is an error that shows the answer.
func get(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := plain.Do(req)
	if err != nil {
		return nil, err // names the URL
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", url, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s: %.300s", url, resp.Status, strings.TrimSpace(string(body)))
	}
	return body, nil
}

// awaitReady waits until the program is ready by the scenario's check.
func awaitReady(ctx context.Context, p process, port int, check scenario.Ready, log string) error {
	switch {
	case check.TCP:
		return await(ctx, p, check.Within, log, func(ctx context.Context) error { return knock(ctx, p.endpoint(port)) })
	case check.Log != "":
		return await(ctx, p, check.Within, log, func(context.Context) error { return logged(log, check.Log, check.Times) })
	default:
		return awaitPage(ctx, p, port, check, log)
	}
}

// knock is whether somebody listens. Docker's proxy takes a connection to a
// published port whether or not somebody does, and then closes it: what stays open
// for a moment, or says something, is taken for the service.
func knock(ctx context.Context, address string) error {
	conn, err := (&net.Dialer{Timeout: pollTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(knockFor)); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 1))
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return fmt.Errorf("%s took the connection and closed it: %w", address, err)
}

const knockFor = 200 * time.Millisecond

// logged is whether so many lines of the log hold the text.
func logged(path, text string, times int) error {
	all, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	n := 0
	for line := range bytes.Lines(all) {
		if bytes.Contains(line, []byte(text)) {
			n++
		}
	}
	if n < times {
		return fmt.Errorf("%d of %d lines of its log hold %q", n, times, text)
	}
	return nil
}

// awaitPage waits until the program answers 200.
func awaitPage(ctx context.Context, p process, port int, check scenario.Ready, log string) error {
	return await(ctx, p, check.Within, log, func(ctx context.Context) error {
		_, err := get(ctx, "http://"+p.endpoint(port)+check.Path)
		return err
	})
}

// await polls check until it succeeds, the program ends or the time is up.
// Each of the latter is an error with the last lines of the log.
func await(ctx context.Context, p process, within time.Duration, log string, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("not ready within %v", within))
	defer cancel()
	last := errors.New("none")
	for {
		err := check(ctx)
		if err == nil && !hasEnded(p) {
			return nil
		}
		if err != nil && ctx.Err() == nil {
			last = err // afterwards it is only the time that is up
		}
		select {
		case <-p.done():
			return endedEarly(p, log)
		case <-ctx.Done():
			return fmt.Errorf("%w; the last answer: %w%s", context.Cause(ctx), last, quoteTail(log))
		case <-time.After(pollEvery):
		}
	}
}

func endedEarly(p process, log string) error {
	return fmt.Errorf("%s before it was ready%s%s", p.end(), endedWell(p.end()), quoteTail(log))
}

// endedWell is what is to be said of a program that ends well before it serves: it
// has forked away, and what it left is nobody's that could be measured, or it is a
// shell that had nothing to read.
func endedWell(end outcome) string {
	if end == (outcome{}) {
		return ": it must stay in the foreground, without forking away as a daemon does, and it has no terminal and no input to read"
	}
	return ""
}
