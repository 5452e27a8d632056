package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/julienschmidt/httprouter"
	"github.com/tiktoken-go/tokenizer/codec"

	"github.com/memproof/memproof/variants/internal/prefork"
)

// service is the application as one worker holds it.
type service struct {
	variant   variant
	catalogue *catalogue
	tokens    *codec.Codec
	ledger    ledger
	upstream  *upstream
	answers   *answers
	bodyLimit time.Duration
	patience  time.Duration // for a request, from its header to the last byte of its answer
	boot      time.Duration // from the process's start until all of this was there
	metrics   *metrics
	crew      func() prefork.Status
	log       *slog.Logger
}

// newService loads the entire application: this is what each worker costs. Its pool closes when ctx ends.
func newService(ctx context.Context, p program, worker int, crew func() prefork.Status) (*service, error) {
	cat, err := p.catalogue(ctx)
	if err != nil {
		return nil, err
	}
	pool, err := openPool(ctx, p.env.database, p.env.pool)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, pool.Close)
	clients, err := newClients(p.config.AIClient, p.env.authority)
	if err != nil {
		return nil, fmt.Errorf("make the AI client: %w", err)
	}
	s := &service{
		variant: p.variant(), catalogue: cat, tokens: codec.NewCl100kBase(), ledger: ledger{pool}, answers: newAnswers(),
		bodyLimit: usualBodyLimit, patience: patience(pool.wait), crew: crew, log: p.log,
	}
	s.metrics = newMetrics(s, worker)
	s.upstream = newUpstream(p.env.upstream, clients, s.metrics.connections)
	// What the boot left behind goes back to the kernel: a worker's idle memory is what it holds, not how it got there.
	debug.FreeOSMemory()
	s.boot, err = sinceStart()
	return s, err
}

// catalogue maps the shared one where the master had one built.
func (p program) catalogue(ctx context.Context) (*catalogue, error) {
	if path, preloaded := os.LookupEnv(sharedMark); preloaded {
		return mapCatalogue(path)
	}
	index, err := readCatalogue(ctx, p.env.database)
	if err != nil {
		return nil, err
	}
	return index.finish(), nil
}

// handler routes the requests.
func (s *service) handler() http.Handler {
	r := httprouter.New()
	r.RedirectTrailingSlash, r.RedirectFixedPath = false, false
	for _, route := range []struct {
		method, path string
		serve        func(http.ResponseWriter, *http.Request) error
	}{
		{http.MethodPost, "/v1/chat", s.chat},
		{http.MethodGet, "/v1/usage", s.usage},
		{http.MethodGet, "/healthz", s.live},
		{http.MethodGet, "/healthz/ready", s.ready},
		{http.MethodGet, "/variantz", s.describe},
	} {
		r.Handler(route.method, route.path, s.endpoint(route.path, route.serve))
		if route.method == http.MethodGet { // HEAD is GET without the body, which net/http leaves out
			r.Handler(http.MethodHead, route.path, s.endpoint(route.path, route.serve))
		}
	}
	r.Handler(http.MethodGet, "/metrics", s.metrics.handler())
	r.Handler(http.MethodHead, "/metrics", s.metrics.handler())
	r.NotFound = s.endpoint("other", func(http.ResponseWriter, *http.Request) error {
		return problem{status: http.StatusNotFound, says: "no such path"}
	})
	r.MethodNotAllowed = s.endpoint("other", func(http.ResponseWriter, *http.Request) error {
		return problem{status: http.StatusMethodNotAllowed, says: "the path has no such method"}
	})
	return s.cutOff(r)
}
