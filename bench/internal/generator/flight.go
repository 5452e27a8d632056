package generator

import (
	"sync"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// flight is the state of a hit from its turn in the schedule to its end. Only one
// goroutine at a time has it: the pacer, then a worker of vegeta, then the reader of
// the results.
type flight struct {
	due    time.Duration // from the beginning of the attack
	target int

	digest  uint64 // 0 until the response was read to its end
	bytes   int64  // as digest
	failure string // why there is no response

	connection metric.Connection
}

// pending holds the hits between their turn and their end, and counts those in flight.
type pending struct {
	mu                sync.Mutex
	flights           map[uint64]*flight // by number
	inFlight, highest int
}

// add adds hit k.
func (p *pending) add(k uint64, f *flight) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flights[k] = f
}

// begin returns hit k, which is in flight from now on.
func (p *pending) begin(k uint64) *flight {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight++
	p.highest = max(p.highest, p.inFlight)
	return p.flights[k]
}

func (p *pending) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight--
}

// take removes hit k.
func (p *pending) take(k uint64) *flight {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.flights[k]
	delete(p.flights, k)
	return f
}
