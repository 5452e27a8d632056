package generator

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// connections are those of an attack. Each request is sent once, on one
// connection. [http.Transport] is not used: it sends a request again when a used
// connection ends without an answer, if its method or an Idempotency-Key header
// says that this is safe. The service would do that work twice, and a request
// that it lost would count as answered.
type connections struct {
	transport *http.Transport // opens them, and sends nothing
	scheme    string
	address   string        // host:port
	keepAlive time.Duration // see [scenario.Attack]; 0: every request has its own

	mu     sync.Mutex
	idle   []*connection // the one that was used last is last
	closed bool
}

// connection is one that may be used again, by one request at a time.
type connection struct {
	client *http.ClientConn
	wire   *wire
	used   bool        // it has brought an answer
	until  time.Time   // while it is idle: when it is no longer used
	expiry *time.Timer // closes it then
}

func newConnections(base string, keepAlive time.Duration) (*connections, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	var http1 http.Protocols
	http1.SetHTTP1(true)
	return &connections{
		transport: &http.Transport{DialContext: dialWire, Protocols: &http1, DisableCompression: true},
		scheme:    u.Scheme, address: hostPort(u), keepAlive: keepAlive,
	}, nil
}

func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	port := "80"
	if u.Scheme == "https" {
		port = "443"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// send sends a request, at most once. The connection of an answer is for another
// request when the body is closed.
//
// A used connection that turns out to be closed before a byte of the request was
// written is passed over: the service can't have seen the request.
func (p *connections) send(r *http.Request) (*http.Response, metric.Connection, error) {
	if p.keepAlive == 0 {
		r.Close = true
	}
	for {
		c, err := p.take(r.Context())
		if err != nil {
			return nil, metric.NoConnection, err
		}
		before := c.wire.count()
		res, err := c.client.RoundTrip(r)
		if err == nil {
			res.Body = &returning{ReadCloser: res.Body, give: func() { p.give(c, keepAliveOf(res.Header, p.keepAlive)) }}
			return res, c.kind(), nil
		}
		_ = c.client.Close() // what was left of it
		moved := c.wire.count().since(before)
		switch {
		case r.Context().Err() != nil:
			return nil, c.kind(), context.Cause(r.Context())
		case c.used && moved.written == 0:
			rewind(r)
		case c.used && moved.read == 0:
			return nil, metric.ResetConnection, errReset
		default:
			return nil, c.kind(), plainError(err)
		}
	}
}

// rewind gives the request its body from the beginning.
func rewind(r *http.Request) {
	if r.GetBody != nil {
		r.Body, _ = r.GetBody() // never an error, see maker.fill
	}
}

func (c *connection) kind() metric.Connection {
	if c.used {
		return metric.UsedConnection
	}
	return metric.NewConnection
}

// take is the idle connection that was used last, or a new one.
func (p *connections) take(ctx context.Context) (*connection, error) {
	for c := p.lastIdle(); c != nil; c = p.lastIdle() {
		if c.expiry.Stop() && time.Now().Before(c.until) && c.client.Reserve() == nil {
			return c, nil
		}
		_ = c.client.Close()
	}
	c := &connection{wire: &wire{}}
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

// give takes back a connection whose answer was read, for so long. One whose
// answer was not read to its end, or that either side wants closed, is closed.
func (p *connections) give(c *connection, long time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || long <= 0 || c.client.Available() == 0 {
		_ = c.client.Close()
		return
	}
	c.used, c.until = true, time.Now().Add(long)
	if c.expiry == nil {
		c.expiry = time.AfterFunc(long, func() { p.expire(c) })
	} else {
		c.expiry.Reset(long)
	}
	p.idle = append(p.idle, c)
}

// expire closes an idle connection, as the service would: an open one costs it
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

// close closes all that are idle, and those in use when they are given back.
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
