package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/memproof/memproof/bench"
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
}

// sender sends a request once, and says on which connection.
type sender interface {
	send(r *http.Request) (*http.Response, bench.Connection, error)
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
	res.Body = &answer{
		ReadCloser: res.Body, flight: f, digest: bench.NewDigest(res.StatusCode),
		release: func() { cancel(); e.pending.ends() },
	}
	return res, nil
}

// noAnswer is the error of a request that took too long.
type noAnswer time.Duration

func (n noAnswer) Error() string { return "no answer within " + time.Duration(n).String() }

// answer is the body of an answer. It is hashed as it is read and kept nowhere.
type answer struct {
	io.ReadCloser
	flight  *flight
	digest  bench.Digest
	bytes   int64
	once    sync.Once
	release func()
}

func (a *answer) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	a.digest = a.digest.Add(p[:n])
	a.bytes += int64(n)
	switch {
	case errors.Is(err, io.EOF):
		a.flight.digest, a.flight.bytes = uint64(a.digest), a.bytes
	case err != nil:
		a.flight.failure = err.Error()
	}
	return n, err
}

// Close closes the body and lets go of what the request held.
func (a *answer) Close() error {
	defer a.once.Do(a.release)
	return a.ReadCloser.Close()
}
