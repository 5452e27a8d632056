package record

import "io"

// readAhead reads r in a goroutine of its own, a few pieces ahead. A file is then unpacked
// on one processor while its lines are parsed on another. stop ends the goroutine; r must
// not be used before it returns.
func readAhead(r io.Reader) (ahead io.Reader, stop func()) {
	a := &aheadReader{pieces: make(chan piece, 4), done: make(chan struct{})}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for more := true; more; {
			p := piece{text: make([]byte, 64<<10)}
			var n int
			n, p.err = io.ReadFull(r, p.text)
			if p.text, more = p.text[:n], p.err == nil; p.err == io.ErrUnexpectedEOF {
				p.err = io.EOF
			}
			select {
			case a.pieces <- p:
			case <-a.done:
				return
			}
		}
	}()
	return a, func() { close(a.done); <-ended }
}

type piece struct {
	text []byte
	err  error // after the text
}

type aheadReader struct {
	pieces chan piece
	done   chan struct{}
	now    piece
}

// Read implements io.Reader.
func (a *aheadReader) Read(to []byte) (n int, err error) {
	for len(a.now.text) == 0 {
		if a.now.err != nil {
			return 0, a.now.err
		}
		a.now = <-a.pieces
	}
	n = copy(to, a.now.text)
	a.now.text = a.now.text[n:]
	return n, nil
}
