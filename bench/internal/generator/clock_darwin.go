package generator

import "time"

// nap is as fine as Go's timers are.
func nap(d time.Duration) { time.Sleep(d) }
