package engine

import (
	"context"
	"fmt"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/record"
)

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
