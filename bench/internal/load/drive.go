// Package load drives an open loop of requests with vegeta and reports each
// from the time at which the schedule wanted it sent.
//
// Vegeta takes a result's timestamp when one of its workers picks the request
// up. A service that stalls occupies the workers, so the requests that had to
// wait for one look fast: coordinated omission. Here the schedule is ours, so
// the intended time of request k is known, and the wait counts.
package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/memproof/memproof/bench"
)

// Drive sends the attack's requests to url and hands each to sink as it ends.
// It fits [bench.Rig.Load]. When ctx ends it stops sending, cuts off what is
// in flight and returns the context's error.
func Drive(ctx context.Context, url string, attack bench.Attack, sink func(bench.Hit) error) (bench.LoadReport, error) {
	targets, err := newTargets(url, attack.Target, attack.Seed)
	if err != nil {
		return bench.LoadReport{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var flight flight
	client := newClient(ctx, attack, &flight)
	defer client.CloseIdleConnections()
	plan := newSchedule(attack.Phases)
	pacer := &pacer{ctx: ctx, schedule: plan}
	workers := uint64(attack.Workers)
	attacker := vegeta.NewAttacker(
		vegeta.Client(client),
		vegeta.Workers(min(workers, plan.hits())),
		// A second limit makes vegeta wait for a free worker rather than start
		// thousands of goroutines; the wait shows as send lag.
		vegeta.MaxWorkers(workers),
	)

	cpu := processCPU()
	report := bench.LoadReport{Offered: plan.hits()}
	nice, calmDown := hurry()
	defer calmDown()
	report.Nice = nice
	// No duration: vegeta drops unsent requests without a word when it ends.
	// The pacer stops it by count.
	for res := range attacker.Attack(targets.next, pacer, 0, "") {
		report.Sent++
		if err := sink(hit(res, plan, pacer.began)); err != nil {
			cancel(fmt.Errorf("write hit: %w", err)) // the loop goes on to drain vegeta
		}
	}
	report.MostInFlight = flight.most()
	report.Began, report.CPUSeconds = pacer.began, (processCPU() - cpu).Seconds()
	return report, errors.Join(targets.err(), context.Cause(ctx))
}

// hit puts a result on the attack's clock.
func hit(r *vegeta.Result, plan schedule, began time.Time) bench.Hit {
	sent := r.Timestamp.Sub(began)
	h := bench.Hit{
		Seq: r.Seq, Intended: plan.at(r.Seq), Sent: sent, Done: sent + r.Latency,
		Status: int(r.Code), BytesIn: int64(r.BytesIn),
	}
	if r.Code == 0 { // vegeta also calls a 404 an error; the status says that
		h.Error = r.Error
	}
	return h
}

// idleTimeout is after how long an unused connection is closed. It is short so
// that the client closes it, not the service: a request sent on a connection
// that the other side is just closing is lost.
const idleTimeout = 2 * time.Second

// newClient makes an HTTP client that keeps a connection for each worker, uses
// no proxy whatever the environment says, and cuts requests off when ctx ends.
func newClient(ctx context.Context, a bench.Attack, f *flight) *http.Client {
	return &http.Client{
		Timeout: a.Target.Timeout,
		Transport: until{ctx, f, &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			MaxIdleConnsPerHost: a.Workers,
			IdleConnTimeout:     idleTimeout,
			DisableCompression:  true,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// until is a transport that counts the requests under way and ends them with
// ctx. Vegeta gives its requests no context.
type until struct {
	ctx    context.Context
	flight *flight
	*http.Transport
}

// RoundTrip sends the request unless ctx has ended.
func (u until) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	stop := context.AfterFunc(u.ctx, func() { cancel(context.Cause(u.ctx)) })
	u.flight.begins()
	release := func() { u.flight.ends(); stop(); cancel(nil) }
	res, err := u.Transport.RoundTrip(r.WithContext(ctx))
	if err != nil {
		release()
		return nil, err
	}
	res.Body = &releasing{ReadCloser: res.Body, release: release}
	return res, nil
}
