package files

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// MaxText is how many bytes a JSON file, a scenario or an input may have: far more
// than any run leaves, and little enough that one which somebody made up can't fill
// the memory.
const MaxText = 64 << 20

// ReadBounded reads a file whole. A device or a pipe would never end.
func ReadBounded(path string, most int64) ([]byte, error) {
	f, err := OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadUpTo(f, path, most)
}

func ReadUpTo(r io.Reader, path string, most int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%s: more than %d bytes", path, most)
	}
	return text, err
}

// OpenRegular opens a file of the run directory.
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

// AtMost reads no more than that many bytes of r: more is an error.
func AtMost(r io.Reader, n int64) io.Reader { return &capped{r, n} }

// capped is an error once more was read than may be.
type capped struct {
	r    io.Reader
	left int64
}

// Read implements io.Reader.
func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, errors.New("it holds more than any run leaves")
	}
	return n, err
}

// BoundedLine reads a line without its end, of so many bytes at the most.
func BoundedLine(r *bufio.Reader, most int) (line []byte, err error) {
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > most:
			return nil, fmt.Errorf("a line of more than %d bytes", most)
		case err == nil:
			return line[:len(line)-1], nil
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}
