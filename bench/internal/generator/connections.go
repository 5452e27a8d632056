package generator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// connections are the connections of an attack. Each request is sent once, on one
// connection. [http.Transport] is not used: when a used connection ends without a
// response, it sends the request again if the method or an Idempotency-Key header allows
// it. The service would do that work twice, and a lost request would count as answered.
type connections struct {
	transport *http.Transport // opens them, and sends nothing
	scheme    string
	address   string        // host:port
	keepAlive time.Duration // see [scenario.Attack]; 0: every request has its own

	mu     sync.Mutex
	idle   []*connection // the one that was used last is last
	closed bool
}

// connection is a connection that one request at a time may use.
type connection struct {
	client *http.ClientConn
	wire   *wire
	kind   metric.Connection // used, if it has brought a response
	until  time.Time         // while it is idle: when it expires
	expiry *time.Timer       // closes it then
}

func newConnections(base string, keepAlive time.Duration) (*connections, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	var http1 http.Protocols
	http1.SetHTTP1(true)
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	return &connections{
		transport: &http.Transport{DialContext: dialWire, Protocols: &http1, DisableCompression: true},
		scheme:    u.Scheme, address: net.JoinHostPort(u.Hostname(), port), keepAlive: keepAlive,
	}, nil
}

// send sends a request, at most once. The connection of a response is free for another
// request when the body is closed. If a used connection turns out to be closed before a
// byte of the request was written, send takes another: the service can't have received
// the request.
func (p *connections) send(r *http.Request) (*http.Response, metric.Connection, error) {
	if p.keepAlive == 0 {
		r.Close = true
	}
	for {
		c, err := p.take(r.Context())
		if err != nil {
			return nil, metric.NoConnection, err
		}
		c.wire.written.Store(0)
		c.wire.read.Store(0)
		res, err := c.client.RoundTrip(r)
		if err == nil {
			res.Body = &closing{ReadCloser: res.Body, then: func() { p.give(c, keepAliveOf(res.Header, p.keepAlive)) }}
			return res, c.kind, nil
		}
		_ = c.client.Close() // it has failed already
		switch {
		case r.Context().Err() != nil:
			return nil, c.kind, context.Cause(r.Context())
		case c.kind == metric.UsedConnection && c.wire.written.Load() == 0:
			if r.GetBody != nil {
				r.Body, _ = r.GetBody() // from the beginning; never an error, see maker.fill
			}
		case c.kind == metric.UsedConnection && c.wire.read.Load() == 0:
			return nil, metric.ResetConnection, errReset
		default:
			return nil, c.kind, plainError(err)
		}
	}
}

// take returns the idle connection that was used last, or a new one.
func (p *connections) take(ctx context.Context) (*connection, error) {
	for c := p.lastIdle(); c != nil; c = p.lastIdle() {
		if c.expiry.Stop() && time.Now().Before(c.until) && c.client.Reserve() == nil {
			return c, nil
		}
		_ = c.client.Close()
	}
	c := &connection{kind: metric.NewConnection, wire: &wire{}}
	client, err := p.transport.NewClientConn(context.WithValue(ctx, wireKey{}, c.wire), p.scheme, p.address)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, plainError(err)
	}
	c.client = client
	return c, nil
}

func (p *connections) lastIdle() *connection {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}
	c := p.idle[len(p.idle)-1]
	p.idle = p.idle[:len(p.idle)-1]
	return c
}

// give returns a connection to the idle ones, for that long. It closes one whose response
// was not read to its end, or that either side wants closed.
func (p *connections) give(c *connection, keepAlive time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || keepAlive <= 0 || c.client.Available() == 0 {
		_ = c.client.Close()
		return
	}
	c.kind, c.until = metric.UsedConnection, time.Now().Add(keepAlive)
	if c.expiry == nil {
		c.expiry = time.AfterFunc(keepAlive, func() { p.expire(c) })
	} else {
		c.expiry.Reset(keepAlive)
	}
	p.idle = append(p.idle, c)
}

// expire closes an idle connection, as the service would: an open one costs the service
// memory, and maybe a thread.
func (p *connections) expire(c *connection) {
	p.mu.Lock()
	i := slices.Index(p.idle, c)
	if i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
	}
	p.mu.Unlock()
	if i >= 0 {
		_ = c.client.Close()
	}
}

// close closes the idle connections, and those in use when they are given back.
func (p *connections) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, c := range p.idle {
		c.expiry.Stop()
		_ = c.client.Close()
	}
	p.idle = nil
}

// wire is a network connection that counts its bytes. The counts show whether a failed
// request had reached the network, and whether a response had begun: the errors of
// net/http do not.
type wire struct {
	net.Conn
	written, read atomic.Int64 // since the last request began
}

func (w *wire) Write(b []byte) (int, error) {
	n, err := w.Conn.Write(b)
	w.written.Add(int64(n))
	return n, err
}

func (w *wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	w.read.Add(int64(n))
	return n, err
}

type wireKey struct{} // of the context of a dial: the *wire to fill

func dialWire(ctx context.Context, network, address string) (net.Conn, error) {
	w := ctx.Value(wireKey{}).(*wire)
	c, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.Conn = c
	return w, nil
}

// errReset is the error of a request whose used connection ended before the first byte
// of a response. Whether the service received the request is not known.
var errReset = errors.New(metric.ErrorReset)

// plainError removes addresses: the local port differs from connection to connection,
// and equal failures are counted together.
func plainError(err error) error {
	var call *os.SyscallError
	var op *net.OpError
	switch {
	case errors.As(err, &call):
		return call // connect: connection refused
	case errors.As(err, &op):
		return fmt.Errorf("%s: %w", op.Op, op.Err)
	case errors.Is(err, io.EOF), strings.Contains(err.Error(), "server closed idle connection"):
		return errors.New("closed by the service without an answer")
	default:
		return err
	}
}

// keepAliveOf returns how long a connection may be idle after a response: at most as
// long as the scenario says, and less than the service says in Keep-Alive: timeout=N,
// in seconds (RFC 2068, 19.7.1.1). A request that meets the close of the service is
// lost, so it avoids the end of the service's time: the last half of it, at most a
// second.
func keepAliveOf(answer http.Header, scenario time.Duration) time.Duration {
	for parameter := range strings.SplitSeq(strings.Join(answer["Keep-Alive"], ","), ",") {
		name, value, _ := strings.Cut(parameter, "=")
		n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
		if err == nil && strings.EqualFold(strings.TrimSpace(name), "timeout") {
			service := time.Duration(n) * time.Second
			return min(scenario, service-min(service/2, time.Second))
		}
	}
	return scenario
}
