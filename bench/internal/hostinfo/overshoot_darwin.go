package hostinfo

import (
	"context"
	"time"
)

// overshoot says nothing: the timers of macOS are coarser than what is to be seen.
func overshoot(context.Context, time.Duration) *float64 { return nil }
