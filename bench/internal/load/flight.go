package load

import "sync"

// flight counts the requests that are under way.
type flight struct {
	mu        sync.Mutex
	now, high int
}

func (f *flight) begins() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now++
	f.high = max(f.high, f.now)
}

func (f *flight) ends() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now--
}

// most is how many there were at once, at the most.
func (f *flight) most() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.high
}
