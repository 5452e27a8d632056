package prefork

import (
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"
)

// age tells the master when the worker has reached one of its limits. The
// worker serves on: when it goes is the master's decision.
type age struct {
	maxRequests int64 // 0 is no limit
	answered    atomic.Int64
	say         func(message)
}

// newAge draws the worker's limits and starts its clock.
func newAge(t terms, say func(message)) *age {
	if life := draw(int64(t.MaxLifetime), t.Jitter); life > 0 {
		time.AfterFunc(time.Duration(life), func() { say(msgLifetime) })
	}
	return &age{maxRequests: draw(int64(t.MaxRequests), t.Jitter), say: say}
}

// draw is uniform on [limit, limit*(1+jitter)].
func draw(limit int64, jitter float64) int64 {
	return limit + rand.Int64N(int64(float64(limit)*jitter)+1)
}

// count wraps the application's handler. A request counts when it is answered,
// or when its handler has given up.
func (a *age) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if a.answered.Add(1) == a.maxRequests {
				go a.say(msgRequests) // it may wait for a master that is stopped; the client doesn't
			}
		}()
		next.ServeHTTP(w, r)
	})
}
