package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

const (
	firstPause = 500 * time.Millisecond
	lastPause  = 30 * time.Second
	// healthy is how long a scheduler must have run for its next failure to be a first one.
	healthy = time.Minute
)

// keepTracking runs the usage tracking scheduler until ctx ends. When it fails, as it does whenever Postgres goes away, or
// panics, it is started anew after a pause that doubles: all its state is in the database, so nothing is lost by that.
func keepTracking(ctx context.Context, database string, log *slog.Logger) {
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		err := guard(func() error { return track(ctx, database) })
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > healthy {
			pause = firstPause
		}
		log.Error("Usage tracking failed, starting it again", "error", err, "pause", pause)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
	}
}

// guard turns a panic into an error: a scheduler that panics must not take the master, and all workers, with it.
func guard(run func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return run()
}
