package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/memproof/memproof/bench"
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

// awaitPage waits until the program answers 200.
func awaitPage(ctx context.Context, p process, port int, check bench.Ready, log string) error {
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
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			last = err // afterwards it is only the time that is up
		}
		select {
		case <-p.done():
			return fmt.Errorf("%s before it was ready%s", p.end(), quoteTail(log))
		case <-ctx.Done():
			return fmt.Errorf("%w; the last answer: %w%s", context.Cause(ctx), last, quoteTail(log))
		case <-time.After(pollEvery):
		}
	}
}
