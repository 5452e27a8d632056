package engine

import (
	"context"
	"fmt"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// count reads all counters. One that can't be read is absent, and said so.
func (t *trial) count(ctx context.Context) (record.Counters, error) {
	s := t.session
	counters := record.Counters{}
	if query := s.scenario.Database.RowsQuery; query != "" {
		n, err := s.databases.Rows(ctx, t.database, query)
		if err != nil {
			s.say(fmt.Sprintf("ledger.rows can't be read: %v", err))
		} else {
			counters["ledger.rows"] = n
		}
	}
	if s.upstream != nil {
		stats, err := s.upstream.stats(ctx)
		if err != nil {
			s.say(fmt.Sprintf("the upstream's counters can't be read: %v", err))
		}
		for name, n := range stats {
			counters["upstream."+name] = n
		}
	}
	if path := s.scenario.CountersPath; path != "" {
		told, rest, err := numbers(ctx, t.url(path))
		if err != nil {
			s.say(fmt.Sprintf("the counters of %s can't be read: %v", t.plan.Arm.Name, err))
		}
		for name, n := range told {
			if !metric.IsReportedName(name) {
				t.session.sayOnce(fmt.Sprintf("%q is no name for a figure, so what %s tells by it is left out: want up to 100 letters, digits and _ . : / -", name, path))
				delete(rest, name)
				continue
			}
			counters["service."+name] = n
		}
		for name, n := range rest {
			counters[record.RestPrefix+"service."+name] = n
		}
	}
	t.countCPU(ctx, counters)
	return counters, ctx.Err()
}

// countCPU adds the CPU time, in seconds, of what serves the variant and stands
// beside it, so that it is not taken for that of a stranger. A server that is not
// ours to look into has no entry.
func (t *trial) countCPU(ctx context.Context, to record.Counters) {
	s, around := t.session, map[string]backend.Process{}
	if s.databases != nil {
		around["postgres.cpu_seconds"] = s.databases.Server.Proc
	}
	if s.upstream != nil {
		around["upstream.cpu_seconds"] = s.upstream.proc
	}
	for _, c := range t.beside {
		around[c.CPUCounter()] = c.proc
	}
	for counter, p := range around {
		if p == nil {
			continue
		}
		seconds, err := p.CPU(ctx)
		if err != nil {
			s.say(fmt.Sprintf("%s can't be read: %v", counter, err))
			continue
		}
		to[counter] = seconds
	}
}
