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

// probeTimeout is the time for one request or connection.
const probeTimeout = 2 * time.Second

// probeClient uses no proxy and leaves no idle connection in the service.
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

// awaitReady waits until the program is ready by the scenario's check; by default, until
// it answers 200.
func awaitReady(ctx context.Context, p backend.Process, port int, check scenario.Ready, log string) error {
	return backend.Await(ctx, p, check.Within, log, func(ctx context.Context) error {
		switch {
		case check.TCP:
			return probeTCP(ctx, p.Endpoint(port))
		case check.Log != "":
			return checkLog(log, check.Log, check.Times)
		}
		_, err := get(ctx, "http://"+p.Endpoint(port)+check.Path)
		return err
	})
}

// probeTCP checks whether a program listens. Docker's proxy accepts a connection to a
// published port even where no program listens, and then closes it: a connection that
// stays open for a moment, or sends data, is the service's.
func probeTCP(ctx context.Context, address string) error {
	conn, err := (&net.Dialer{Timeout: probeTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 1))
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return fmt.Errorf("%s accepted the connection and closed it: %w", address, err)
}

// checkLog checks whether at least so many lines of the log hold the text.
func checkLog(path, text string, times int) error {
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
