//go:build !linux

package load

import "time"

func sharpenTimer() {}

func nap(d time.Duration) { time.Sleep(d) }
