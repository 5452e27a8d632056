package gateway

import "sync"

// exchangeID names a request by who asked and what the client called it.
type exchangeID struct {
	key     int64
	request string
}

// exchange is a request and the whole answer that it got.
type exchange struct {
	asked  chatRequest
	answer []byte
}

// answers keeps every exchange of the worker's life, so that a client that repeats a request, because its connection broke
// before the answer came, gets the same answer and is billed once. Nothing evicts: this is how a worker's memory grows with
// the requests that it has served, and what recycling bounds.
type answers struct {
	mu   sync.Mutex
	kept map[exchangeID]exchange
}

func newAnswers() *answers { return &answers{kept: map[exchangeID]exchange{}} }

func (a *answers) find(id exchangeID) (exchange, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e, ok := a.kept[id]
	return e, ok
}

func (a *answers) keep(id exchangeID, e exchange) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kept[id] = e
}

func (a *answers) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.kept)
}
