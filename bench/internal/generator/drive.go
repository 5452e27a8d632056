package generator

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/memproof/memproof/bench/internal/ostime"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// Drive sends the attack's requests to url and passes each to sink as it ends. It fits
// [experiment.Rig.Load]. When ctx ends it stops sending, cancels the requests in flight
// and returns the context's error.
func Drive(ctx context.Context, url string, attack scenario.Attack, sink func(metric.Hit) error) (record.LoadReport, error) {
	connections, err := newConnections(url, attack.KeepAlive)
	if err != nil {
		return record.LoadReport{}, err
	}
	defer connections.close()
	return drive(ctx, url, attack, connections, ostime.Sleep, sink)
}

func drive(ctx context.Context, url string, attack scenario.Attack, sender sender, sleep func(time.Duration),
	sink func(metric.Hit) error,
) (record.LoadReport, error) {
	makers, err := newMakers(url, attack.Targets, attack.Seed)
	if err != nil {
		return record.LoadReport{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	pending := &pending{flights: map[uint64]*flight{}}
	x := &exchange{ctx: ctx, cancel: cancel, makers: makers, pending: pending, sender: sender, digests: attack.Digests}
	plan := newSchedule(attack)
	pacer := &pacer{ctx: ctx, schedule: plan, pending: pending, sleep: sleep}
	workers := uint64(attack.Workers)
	attacker := vegeta.NewAttacker(
		vegeta.Client(&http.Client{Transport: x, CheckRedirect: noRedirect}),
		vegeta.Workers(min(workers, plan.hits)),
		// A second limit makes vegeta wait for a free worker rather than start
		// thousands of goroutines; the wait shows as send lag.
		vegeta.MaxWorkers(workers),
		vegeta.MaxBody(0), // read to the end, and store nothing
	)

	cpu := ostime.ProcessCPU()
	report := record.LoadReport{Offered: plan.hits}
	nice, restore := raisePriority()
	defer restore()
	report.Nice = nice
	blank := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodGet, URL: url})
	// No duration: at its end vegeta silently drops unsent requests. The pacer ends the
	// attack by count.
	for res := range attacker.Attack(blank, pacer, 0, "") {
		report.Sent++
		if err := sink(hit(res, pending.take(res.Seq), pacer.began)); err != nil {
			cancel(fmt.Errorf("write hit: %w", err)) // the loop continues, to drain vegeta
		}
	}
	pacer.await(plan.duration) // the last phase ends after its last hit
	report.MostInFlight = pending.highest
	report.Began, report.CPUSeconds = pacer.began, (ostime.ProcessCPU() - cpu).Seconds()
	return report, context.Cause(ctx)
}

// hit converts a result to the clock of the attack.
func hit(r *vegeta.Result, f *flight, began time.Time) metric.Hit {
	sent := r.Timestamp.Sub(began)
	h := metric.Hit{
		Seq: r.Seq, Intended: f.due, Sent: sent, Done: sent + r.Latency,
		Status: int(r.Code), Target: f.target, Connection: f.connection,
	}
	if r.Code == 0 { // vegeta also has an error for a 404; the status has that
		h.Error = cmp.Or(f.failure, r.Error)
	} else {
		h.BytesIn, h.Digest = f.bytes, f.digest
	}
	return h
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
