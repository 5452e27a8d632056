package files

import (
	"fmt"
	"io"
	"os"
)

// MaxText is the most bytes of a JSON file, a scenario or an input. It is far above any
// real run, and low enough that a forged file cannot fill the memory.
const MaxText = 64 << 20

// ReadBounded reads a regular file of at most so many bytes.
func ReadBounded(path string, most int64) ([]byte, error) {
	f, err := OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadUpTo(f, path, most)
}

// ReadUpTo reads to the end. The path names the file in an error.
func ReadUpTo(r io.Reader, path string, most int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%s: more than %d bytes", path, most)
	}
	return text, err
}

// OpenRegular opens a regular file: a device or a pipe may never end.
func OpenRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: want a regular file, it is %v", path, info.Mode().Type())
	}
	return os.Open(path)
}

// Limit is a reader that fails once so many bytes were read since the last Reset.
type Limit struct {
	r          io.Reader
	what       string // "a record", for the error
	most, left int    // bytes
}

// NewLimit returns a limit of most bytes; a little more may be read before it fails.
func NewLimit(r io.Reader, what string, most int) *Limit { return &Limit{r, what, most, most} }

// Reset begins a new count.
func (l *Limit) Reset() { l.left = l.most }

// Read implements io.Reader.
func (l *Limit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("%s of more than %d bytes", l.what, l.most)
	}
	n, err := l.r.Read(p)
	l.left -= n
	return n, err
}
