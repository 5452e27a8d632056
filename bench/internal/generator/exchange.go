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

// exchange is the transport of an attack. Vegeta asks for targets from many
// workers and does not say for which hit, so its targets are blanks; it is here
// that the number of the hit is known, and the request made. So hit k is request
// k of the sequence, and has the digest of its own answer.
type exchange struct {
	ctx     context.Context // ends the requests under way; vegeta gives them none
	cancel  context.CancelCauseFunc
	makers  []*maker
	pending pending
	under   sender
	digests bool // answers are hashed
}

// sender sends a request once, and says on which connection.
type sender interface {
	send(r *http.Request) (*http.Response, metric.Connection, error)
}

// RoundTrip sends the request of the hit that the blank is numbered for.
func (e *exchange) RoundTrip(blank *http.Request) (*http.Response, error) {
	seq, err := strconv.ParseUint(blank.Header.Get(seqHeader), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("vegeta numbered a request %q: %w", blank.Header.Get(seqHeader), err)
	}
	f := e.pending.find(seq)
	m := e.makers[f.target]
	r, err := m.request(seq)
	if err != nil { // a mistake in the scenario: there is no use in going on
		e.cancel(err)
		return nil, err
	}
	r.Header[seqHeader] = blank.Header[seqHeader]
	ctx, cancel := context.WithTimeoutCause(e.ctx, m.target.Timeout, noAnswer(m.target.Timeout))
	e.pending.begins()
	res, on, err := e.under.send(r.WithContext(ctx))
	f.connection = on
	if err != nil {
		cancel()
		e.pending.ends()
		f.failure = err.Error()
		return nil, err
	}
	res.Body = newAnswer(res, f, e.digests, func() { cancel(); e.pending.ends() })
	return res, nil
}

// noAnswer is the error of a request that took too long.
type noAnswer time.Duration

func (n noAnswer) Error() string { return "no answer within " + time.Duration(n).String() }
