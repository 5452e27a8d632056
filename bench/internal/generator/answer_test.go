package generator

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// read is the flight of an answer that was read to its end.
func read(t *testing.T, body io.Reader, digest bool) *flight {
	t.Helper()
	f := &flight{}
	a := newAnswer(&http.Response{StatusCode: 500, Body: io.NopCloser(body)}, f, digest, func() {})
	if _, err := io.Copy(io.Discard, a); err != nil {
		t.Error(err)
	}
	return f
}

// TestDigestIsXXH64, as its specification and other implementations have it.
func TestDigestIsXXH64(t *testing.T) {
	if got := read(t, strings.NewReader("hello, world"), true).digest; got != 0x8845f70858d9e5b2 {
		t.Errorf("digest %x", got)
	}
	var copied bytes.Buffer
	if n, err := newAnswer(&http.Response{StatusCode: 500, Body: io.NopCloser(strings.NewReader("hello"))}, &flight{}, true, nil).WriteTo(&copied); n != 5 || err != nil || copied.String() != "hello" {
		t.Errorf("%d bytes, %v: %q", n, err, copied.String())
	}
	// The parts in which a body comes make no difference.
	body := strings.Repeat("0123456789", 10_000)
	whole := read(t, strings.NewReader(body), true)
	parts := read(t, io.MultiReader(strings.NewReader(body[:7]), strings.NewReader(body[7:4097]), strings.NewReader(body[4097:])), true)
	if whole.digest != parts.digest || whole.digest != Digest(500, body) || whole.bytes != 100_000 {
		t.Errorf("%+v in whole, %+v in parts", whole, parts)
	}
}

// TestNoDigestUnasked: only equal_responses compares answers.
func TestNoDigestUnasked(t *testing.T) {
	if f := read(t, strings.NewReader("hello, world"), false); f.digest != 0 || f.bytes != 12 {
		t.Errorf("%+v", f)
	}
}

// BenchmarkAnswer measures what reading a response of 1 MB adds to its response time.
func BenchmarkAnswer(b *testing.B) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	for name, digest := range map[string]bool{"plain": false, "digest": true} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				a := newAnswer(&http.Response{StatusCode: 200, Body: io.NopCloser(bytes.NewReader(body))}, &flight{}, digest, func() {})
				if _, err := io.Copy(io.Discard, a); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
