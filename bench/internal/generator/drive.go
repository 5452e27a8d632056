package generator

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// Drive sends the attack's requests to url and hands each to sink as it ends.
// It fits [experiment.Rig.Load]. When ctx ends it stops sending, cuts off what is
// in flight and returns the context's error.
func Drive(ctx context.Context, url string, attack scenario.Attack, sink func(metric.Hit) error) (record.LoadReport, error) {
	connections, err := newConnections(url, attack.KeepAlive)
	if err != nil {
		return record.LoadReport{}, err
	}
	defer connections.close()
	return drive(ctx, url, attack, connections, nap, sink)
}

func drive(ctx context.Context, url string, attack scenario.Attack, under sender, nap func(time.Duration), sink func(metric.Hit) error) (record.LoadReport, error) {
	makers, err := newMakers(url, attack.Targets, attack.Seed)
	if err != nil {
		return record.LoadReport{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	x := &exchange{ctx: ctx, cancel: cancel, makers: makers, under: under, digests: attack.Digests}
	plan := newSchedule(attack)
	pacer := &pacer{ctx: ctx, schedule: plan, pending: &x.pending, nap: nap}
	workers := uint64(attack.Workers)
	attacker := vegeta.NewAttacker(
		vegeta.Client(&http.Client{Transport: x, CheckRedirect: noRedirect}),
		vegeta.Workers(min(workers, plan.hits())),
		// A second limit makes vegeta wait for a free worker rather than start
		// thousands of goroutines; the wait shows as send lag.
		vegeta.MaxWorkers(workers),
		vegeta.MaxBody(0), // read to the end, and keep nothing
	)

	cpu := processCPU()
	report := record.LoadReport{Offered: plan.hits()}
	nice, calmDown := hurry()
	defer calmDown()
	report.Nice = nice
	blank := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodGet, URL: url})
	// No duration: vegeta drops unsent requests without a word when it ends.
	// The pacer stops it by count.
	for res := range results(attacker, blank, pacer) {
		report.Sent++
		if err := sink(hit(res, x.pending.take(res.Seq), pacer.began)); err != nil {
			cancel(fmt.Errorf("write hit: %w", err)) // the loop goes on to drain vegeta
		}
	}
	pacer.awaitEnd()
	report.MostInFlight = x.pending.most()
	report.Began, report.CPUSeconds = pacer.began, (processCPU() - cpu).Seconds()
	return report, context.Cause(ctx)
}

// results are those of what there is to send. Of an attack that is all rest that is
// nothing, which vegeta does not know.
func results(a *vegeta.Attacker, t vegeta.Targeter, p *pacer) <-chan *vegeta.Result {
	if p.schedule.hits() > 0 {
		return a.Attack(t, p, 0, "")
	}
	p.began = time.Now()
	none := make(chan *vegeta.Result)
	close(none)
	return none
}

// hit puts a result on the attack's clock.
func hit(r *vegeta.Result, f *flight, began time.Time) metric.Hit {
	sent := r.Timestamp.Sub(began)
	h := metric.Hit{
		Seq: r.Seq, Intended: f.due, Sent: sent, Done: sent + r.Latency,
		Status: int(r.Code), Target: f.target, Connection: f.connection,
	}
	if r.Code == 0 { // vegeta also calls a 404 an error; the status says that
		h.Error = cmp.Or(f.failure, r.Error)
	} else {
		h.BytesIn, h.Digest = f.bytes, f.digest
	}
	return h
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
