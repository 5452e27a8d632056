package generator

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
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
