package generator

import (
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/cespare/xxhash/v2"
)

// answer is the body of an answer. It is counted as it is read, hashed where digests
// are wanted, and kept nowhere. What is done here is part of the response time.
type answer struct {
	io.ReadCloser
	flight  *flight
	digest  *xxhash.Digest // nil: not wanted
	bytes   int64
	once    sync.Once
	release func() // what the request holds
}

func newAnswer(res *http.Response, f *flight, digest bool, release func()) *answer {
	a := &answer{ReadCloser: res.Body, flight: f, release: release}
	if digest {
		a.digest = newDigest(res.StatusCode)
	}
	return a
}

// newDigest begins the digest of an answer: XXH64 of its status, two bytes with the
// lower first, then of its body as it was sent. It is the same on every machine. It
// hashes 5 to 10 GB a second, faster than a body arrives.
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

// buffers are larger than io.Copy's: a big answer takes fewer system calls.
var buffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// WriteTo is for io.Copy, with which vegeta reads an answer.
func (a *answer) WriteTo(w io.Writer) (total int64, err error) {
	b := buffers.Get().(*[64 << 10]byte)
	defer buffers.Put(b)
	for {
		n, err := a.Read(b[:])
		total += int64(n)
		if _, writing := w.Write(b[:n]); writing != nil {
			return total, writing
		}
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// Close closes the body and lets go of what the request held.
func (a *answer) Close() error {
	defer a.once.Do(a.release)
	return a.ReadCloser.Close()
}
