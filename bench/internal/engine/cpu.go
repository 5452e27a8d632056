package engine

import (
	"context"
	"fmt"

	"github.com/memproof/memproof/bench"
)

// countCPU adds the CPU time, in seconds, of what serves the variant, so that it
// is not taken for that of a stranger. A server that is not ours to look into
// has no entry.
func (s *Session) countCPU(ctx context.Context, to bench.Counters) {
	serving := map[string]process{}
	if s.databases != nil {
		serving["postgres"] = s.databases.server.proc
	}
	if s.upstream != nil {
		serving["upstream"] = s.upstream.proc
	}
	for name, p := range serving {
		if p == nil {
			continue
		}
		seconds, err := p.cpu(ctx)
		if err != nil {
			s.say(fmt.Sprintf("%s.cpu_seconds can't be read: %v", name, err))
			continue
		}
		to[name+".cpu_seconds"] = seconds
	}
}
