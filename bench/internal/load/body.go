package load

import (
	"io"
	"sync"
)

// releasing frees a request's context once its body is closed.
type releasing struct {
	io.ReadCloser
	once    sync.Once
	release func()
}

// Close closes the body.
func (b *releasing) Close() error {
	defer b.once.Do(b.release)
	return b.ReadCloser.Close()
}
