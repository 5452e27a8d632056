package generator

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// seqHeader is where vegeta writes the number of a hit. The service sees it too.
const seqHeader = "X-Vegeta-Seq"

// exchange is the transport of an attack. Vegeta's workers ask for targets without the
// number of the hit, so its targets are blanks. Here the number is known, and the request
// is made: hit k is request k of the sequence, and has the digest of its own response.
type exchange struct {
	ctx     context.Context // ends the requests in flight; vegeta has no context for them
	cancel  context.CancelCauseFunc
	makers  []*maker
	pending *pending
	sender  sender
	digests bool // responses are hashed
}

// sender sends a request once, and reports on which connection.
type sender interface {
	send(r *http.Request) (*http.Response, metric.Connection, error)
}

// RoundTrip sends the request whose number the blank has.
func (e *exchange) RoundTrip(blank *http.Request) (*http.Response, error) {
	seq, err := strconv.ParseUint(blank.Header.Get(seqHeader), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("vegeta numbered a request %q: %w", blank.Header.Get(seqHeader), err)
	}
	f := e.pending.begin(seq)
	m := e.makers[f.target]
	r, err := m.request(seq)
	if err != nil { // a mistake in the scenario: the attack can't continue
		e.pending.end()
		e.cancel(err)
		return nil, err
	}
	r.Header[seqHeader] = blank.Header[seqHeader]
	ctx, cancel := context.WithTimeoutCause(e.ctx, m.target.Timeout, noAnswer(m.target.Timeout))
	end := func() { cancel(); e.pending.end() }
	res, connection, err := e.sender.send(r.WithContext(ctx))
	f.connection = connection
	if err != nil {
		end()
		f.failure = err.Error()
		return nil, err
	}
	res.Body = newAnswer(res, f, e.digests, end)
	return res, nil
}

// noAnswer is the error of a request that timed out.
type noAnswer time.Duration

func (n noAnswer) Error() string { return "no answer within " + time.Duration(n).String() }

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
