package record

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// TestReadAhead: the text arrives whole, then the error; and stop ends a reader that was
// not read to its end.
func TestReadAhead(t *testing.T) {
	broken := errors.New("broken")
	for _, size := range []int{0, 1, 64 << 10, 64<<10 + 1, 1 << 20} {
		text := bytes.Repeat([]byte("x"), size)
		for _, want := range []error{nil, broken} {
			var end io.Reader = bytes.NewReader(nil)
			if want != nil {
				end = iotest.ErrReader(want)
			}
			r, stop := readAhead(io.MultiReader(bytes.NewReader(text), end))
			got, err := io.ReadAll(r)
			stop()
			if !bytes.Equal(got, text) || !errors.Is(err, want) {
				t.Errorf("%d bytes: got %d, error %v, want %v", size, len(got), err, want)
			}
		}
	}
	endless := iotest.OneByteReader(zeros{})
	r, stop := readAhead(endless)
	if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
		t.Error(err)
	}
	stop()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
