package ostime

import "time"

// Sleep is [time.Sleep]: macOS offers nothing more precise.
func Sleep(d time.Duration) { time.Sleep(d) }
