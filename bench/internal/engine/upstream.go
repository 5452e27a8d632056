package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/scenario"
)

// The ports of an upstream, and how long it may take until it serves.
const (
	upstreamPort     = 8443
	upstreamAdmin    = 8081
	upstreamPatience = 30 * time.Second
)

// upstream is the stand-in for the service that variants call. It serves TLS
// on one port and tells about itself on another: GET /healthz, GET /ca.pem and
// GET /stats, a flat JSON object of numbers.
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
	ports, err := s.upstreamPorts()
	if err != nil {
		return nil, err
	}
	listen := func(port int) string { return s.backend.ListenHost() + ":" + strconv.Itoa(port) }
	sp := backend.Spec{
		Program: p, Name: "upstream", Ports: ports[:], Log: s.log("upstream"),
		Args: slices.Concat(s.fillAll(p.Args), []string{"-addr", listen(ports[0]), "-admin", listen(ports[1])}),
	}
	proc, err := s.backend.Start(ctx, sp)
	if err != nil {
		return nil, err
	}
	ready := scenario.Ready{Path: "/healthz", Within: upstreamPatience}
	if err := awaitPage(ctx, proc, ports[1], ready, sp.Log); err != nil {
		return nil, err
	}
	u := &upstream{url: "https://" + s.backend.Address(sp.Name, ports[0]), admin: "http://" + proc.Endpoint(ports[1]), proc: proc}
	ca, err := get(ctx, u.admin+"/ca.pem")
	u.ca = string(ca)
	return u, err
}

func (s *Session) upstreamPorts() (ports [2]int, err error) {
	for i, want := range []int{upstreamPort, upstreamAdmin} {
		if ports[i], err = s.backend.Port(want); err != nil {
			return ports, err
		}
	}
	return ports, nil
}

// stats reads the upstream's own counters.
func (u *upstream) stats(ctx context.Context) (map[string]float64, error) {
	body, err := get(ctx, u.admin+"/stats")
	if err != nil {
		return nil, err
	}
	var stats map[string]float64
	if err := json.Unmarshal(body, &stats); err != nil {
		return nil, fmt.Errorf("GET %s/stats: %w", u.admin, err)
	}
	return stats, nil
}
