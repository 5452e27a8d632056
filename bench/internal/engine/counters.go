package engine

import (
	"context"
	"fmt"
	"maps"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// count reads all counters. One that can't be read has no entry, and is reported.
func (t *trial) count(ctx context.Context) (record.Counters, error) {
	s, counters := t.session, record.Counters{}
	add := func(what string, found record.Counters, err error) {
		if err != nil {
			s.say(fmt.Sprintf("%s can't be read: %v", what, err))
			return
		}
		maps.Copy(counters, found)
	}
	if query := s.scenario.Database.RowsQuery; query != "" {
		rows, err := s.databases.Rows(ctx, t.database, query)
		add("ledger.rows", record.Counters{"ledger.rows": rows}, err)
	}
	if s.upstream != nil {
		found, err := s.upstream.stats(ctx)
		add("the upstream's counters", found, err)
	}
	if path := s.scenario.CountersPath; path != "" {
		found, err := t.reported(ctx, path)
		add("the counters of "+t.plan.Arm.Name, found, err)
	}
	for counter, p := range t.dependencies() {
		seconds, err := p.CPU(ctx)
		add(counter, record.Counters{counter: seconds}, err)
	}
	return counters, ctx.Err()
}

// reported returns the counters that the variant reports.
func (t *trial) reported(ctx context.Context, path string) (record.Counters, error) {
	object, err := getObject(ctx, t.url(path))
	if err != nil {
		return nil, err
	}
	for name := range object {
		if !metric.IsReportedName(name) {
			delete(object, name)
			t.session.sayOnce(fmt.Sprintf("%s: counter %q is left out: want a name of up to 100 letters, digits and _ . : / -", path, name))
		}
	}
	return numbers(object, "service.")
}

// dependencies are the processes that the session started for the variant, by the
// counter of their CPU time in seconds, which is not other CPU.
func (t *trial) dependencies() map[string]backend.Process {
	all := map[string]backend.Process{}
	if d := t.session.databases; d != nil && d.Server.Proc != nil {
		all["postgres.cpu_seconds"] = d.Server.Proc
	}
	if u := t.session.upstream; u != nil {
		all["upstream.cpu_seconds"] = u.proc
	}
	for _, c := range t.sidecars {
		all[c.CPUCounter()] = c.proc
	}
	return all
}
