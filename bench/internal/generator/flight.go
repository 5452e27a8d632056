package generator

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// flight is what is known of a hit from its turn in the schedule to its end.
// Only one goroutine at a time has it: the pacer, then a worker of vegeta's,
// then the one that takes the results.
type flight struct {
	due    time.Duration // from the attack's beginning
	target int

	digest  uint64 // 0 until the answer was read to its end
	bytes   int64  // as digest
	failure string // why there is no answer

	connection metric.Connection
}

// pending holds the hits between their turn and their end, and counts those
// that are under way.
type pending struct {
	mu        sync.Mutex
	flights   map[uint64]*flight
	now, high atomic.Int64
}

// add puts hit k in when it is due.
func (p *pending) add(k uint64, f *flight) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.flights == nil {
		p.flights = map[uint64]*flight{}
	}
	p.flights[k] = f
}

func (p *pending) find(k uint64) *flight {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.flights[k]
}

// take removes hit k.
func (p *pending) take(k uint64) *flight {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.flights[k]
	delete(p.flights, k)
	return f
}

func (p *pending) begins() {
	now := p.now.Add(1)
	for high := p.high.Load(); now > high && !p.high.CompareAndSwap(high, now); {
		high = p.high.Load()
	}
}

func (p *pending) ends() { p.now.Add(-1) }

// most is how many were under way at once, at the most.
func (p *pending) most() int { return int(p.high.Load()) }
