package generator

import (
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/cespare/xxhash/v2"
)

// answer is the body of a response. Reading it counts and, if digests are wanted, hashes
// it; it stores nothing. The time of this is part of the response time.
type answer struct {
	closing
	flight *flight
	digest *xxhash.Digest // nil: not wanted
	bytes  int64
}

func newAnswer(res *http.Response, f *flight, digest bool, end func()) *answer {
	a := &answer{closing: closing{ReadCloser: res.Body, then: end}, flight: f}
	if digest {
		a.digest = newDigest(res.StatusCode)
	}
	return a
}

// newDigest begins the digest of a response: XXH64 of its status, two bytes with the
// lower first, then of its body as sent. It is the same on every machine, and faster
// (5 to 10 GB a second) than a body arrives.
func newDigest(status int) *xxhash.Digest {
	d := xxhash.New()
	_, _ = d.Write([]byte{byte(status), byte(status >> 8)}) // never an error
	return d
}

func (a *answer) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	a.bytes += int64(n)
	if a.digest != nil {
		_, _ = a.digest.Write(p[:n])
	}
	switch {
	case errors.Is(err, io.EOF):
		a.flight.bytes = a.bytes
		if a.digest != nil {
			a.flight.digest = a.digest.Sum64()
		}
	case err != nil:
		a.flight.failure = plainError(err).Error()
	}
	return n, err
}

// buffers are larger than io.Copy's: a big response takes fewer system calls.
var buffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// WriteTo is for io.Copy, with which vegeta reads a response.
func (a *answer) WriteTo(w io.Writer) (int64, error) {
	b := buffers.Get().(*[64 << 10]byte)
	defer buffers.Put(b)
	return io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{a}, b[:]) // without their own ways to copy
}

// closing is a body that calls then when it is closed, once.
type closing struct {
	io.ReadCloser
	then func()
	once sync.Once
}

func (c *closing) Close() error {
	defer c.once.Do(c.then)
	return c.ReadCloser.Close()
}
