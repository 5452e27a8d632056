package engine

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// The ports of an upstream, and how long it may take until it serves.
const (
	upstreamPort     = 8443
	upstreamAdmin    = 8081
	upstreamPatience = 30 * time.Second
)

// upstream is the stand-in for the service that variants call. It serves TLS on one
// port, and GET /healthz, GET /ca.pem and GET /stats, a flat JSON object of numbers, on
// another.
type upstream struct {
	url   string // as variants reach it
	admin string // as this process reaches it
	ca    string // PEM
	proc  backend.Process
}

// openUpstream starts it; nil where the scenario names none.
func (s *Session) openUpstream(ctx context.Context) (*upstream, error) {
	p := backend.Upstream(s.scenario)
	if p.Key() == "" {
		return nil, nil
	}
	port, err := s.backend.Port(upstreamPort)
	if err != nil {
		return nil, err
	}
	admin, err := s.backend.Port(upstreamAdmin)
	if err != nil {
		return nil, err
	}
	listen := func(port int) string { return s.backend.ListenHost() + ":" + strconv.Itoa(port) }
	sp := backend.Spec{
		Program: p, Name: "upstream", Ports: []int{port, admin}, Log: s.log("upstream"),
		Args: slices.Concat(s.fillAll(p.Args), []string{"-addr", listen(port), "-admin", listen(admin)}),
	}
	proc, err := s.backend.Start(ctx, sp)
	if err != nil {
		return nil, err
	}
	ready := scenario.Ready{Path: "/healthz", Within: upstreamPatience}
	if err := awaitReady(ctx, proc, admin, ready, sp.Log); err != nil {
		return nil, err
	}
	u := &upstream{url: "https://" + s.backend.Address(sp.Name, port), admin: "http://" + proc.Endpoint(admin), proc: proc}
	ca, err := get(ctx, u.admin+"/ca.pem")
	u.ca = string(ca)
	return u, err
}

// stats returns the upstream's own counters, as "upstream.NAME".
func (u *upstream) stats(ctx context.Context) (record.Counters, error) {
	object, err := getObject(ctx, u.admin+"/stats")
	if err != nil {
		return nil, err
	}
	return numbers(object, "upstream.")
}
