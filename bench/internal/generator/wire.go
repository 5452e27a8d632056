package generator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// wire is a network connection that counts its bytes. They tell whether a
// request that failed had reached the network, and whether an answer had begun:
// the errors of net/http do not.
type wire struct {
	net.Conn
	written, read atomic.Int64
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

// traffic is bytes on a wire.
type traffic struct{ written, read int64 }

func (w *wire) count() traffic { return traffic{w.written.Load(), w.read.Load()} }

func (t traffic) since(u traffic) traffic { return traffic{t.written - u.written, t.read - u.read} }

type wireKey struct{} // of the context of a dial: the *wire to fill

// dialTimeout is how long a connection may take to be made.
const dialTimeout = 5 * time.Second

func dialWire(ctx context.Context, network, address string) (net.Conn, error) {
	w := ctx.Value(wireKey{}).(*wire)
	c, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.Conn = c
	return w, nil
}

// errReset is the error of a request whose used connection ended before the
// first byte of an answer. Whether the service had seen the request is not known.
var errReset = errors.New(metric.ErrorReset)

// plainError is the error without addresses. The local port differs from
// connection to connection, and equal failures are counted together.
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

// returning is the body of an answer; give is called when it is closed.
type returning struct {
	io.ReadCloser
	give func()
	once sync.Once
}

func (r *returning) Close() error {
	err := r.ReadCloser.Close()
	r.once.Do(r.give)
	return err
}

// keepAliveOf is for how long a connection may be idle after an answer: at most
// as the scenario says, and less than the service says (RFC 2068, 19.7.1.1). A
// request that is sent as the service closes the connection is lost, so the end
// of the service's time is left out: half of it, at most a second.
func keepAliveOf(answer http.Header, scenario time.Duration) time.Duration {
	said, ok := keepAliveTimeout(answer)
	if !ok {
		return scenario
	}
	return min(scenario, said-min(said/2, time.Second))
}

// keepAliveTimeout reads N from Keep-Alive: timeout=N, max=M; in seconds.
func keepAliveTimeout(answer http.Header) (time.Duration, bool) {
	for _, line := range answer["Keep-Alive"] {
		for parameter := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(parameter, "=")
			if !strings.EqualFold(strings.TrimSpace(name), "timeout") {
				continue
			}
			if n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31); err == nil {
				return time.Duration(n) * time.Second, true
			}
		}
	}
	return 0, false
}
