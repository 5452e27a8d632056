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

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/scenario"
)

// probeTimeout is for one request.
const probeTimeout = 2 * time.Second

// probeClient asks services. It goes through no proxy, and it
// leaves no idle connection in the service that is about to be measured.
var probeClient = &http.Client{
	Timeout:   probeTimeout,
	Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true},
}

// get reads a page; any status but 200 is an error that shows the answer.
func get(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := probeClient.Do(req)
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
func awaitReady(ctx context.Context, p backend.Process, port int, check scenario.Ready, log string) error {
	switch {
	case check.TCP:
		return backend.Await(ctx, p, check.Within, log, func(ctx context.Context) error { return probeTCP(ctx, p.Endpoint(port)) })
	case check.Log != "":
		return backend.Await(ctx, p, check.Within, log, func(context.Context) error { return logged(log, check.Log, check.Times) })
	default:
		return awaitPage(ctx, p, port, check, log)
	}
}

// probeTCP says whether a program listens. Docker's proxy takes a connection to a
// published port whether or not somebody does, and then closes it: what stays open
// for a moment, or says something, is taken for the service.
func probeTCP(ctx context.Context, address string) error {
	conn, err := (&net.Dialer{Timeout: probeTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(probeTCPFor)); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 1))
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return fmt.Errorf("%s took the connection and closed it: %w", address, err)
}

const probeTCPFor = 200 * time.Millisecond

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
func awaitPage(ctx context.Context, p backend.Process, port int, check scenario.Ready, log string) error {
	return backend.Await(ctx, p, check.Within, log, func(ctx context.Context) error {
		_, err := get(ctx, "http://"+p.Endpoint(port)+check.Path)
		return err
	})
}
