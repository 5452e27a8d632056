package experiment

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// The idle phase lasts as long as the scenario says, and until it has enough readings
// of memory: the controls are judged by them. Readings of PSS may be seconds apart,
// because PSS is costly while memory is large.
const (
	idleReadings = 2 // two, because the first may have begun before the phase
	idlePause    = 50 * time.Millisecond
)

// rest waits for the idle phase to end.
func (r *trialRun) rest(ctx context.Context) error {
	idle := r.scenario.Load.Idle
	r.tell(scenario.PhaseIdle, idle)
	from := r.now()
	r.readings.Store(0)
	if err := r.rig.Sleep(ctx, idle); err != nil {
		return err
	}
	for end := r.rig.Now().Add(r.rig.Settle); r.readings.Load() < idleReadings && r.rig.Now().Before(end); {
		if err := r.rig.Sleep(ctx, idlePause); err != nil {
			return err
		}
	}
	r.span(scenario.PhaseIdle, from, r.now())
	return nil
}

// readings counts samples with the headline memory.
type readings struct{ atomic.Int64 }

func (n *readings) see(s metric.Sample) {
	basis := metric.BasisPSS
	if s.Cgroup != nil {
		basis = s.Cgroup.Basis()
	}
	if _, ok := s.Memory(basis); ok {
		n.Add(1)
	}
}
