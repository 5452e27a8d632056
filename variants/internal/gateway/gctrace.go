package gateway

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// gcTrace is Go's gc.set_debug(gc.DEBUG_STATS): the runtime writes a line for each collection to standard error.
const gcTrace = "gctrace=1"

// traceGC sets it for the processes that this one starts from now on: the runtime reads GODEBUG when it starts, and a change
// of this setting later is lost on it.
func traceGC() error {
	set := os.Getenv("GODEBUG")
	if set != "" {
		set += ","
	}
	if err := os.Setenv("GODEBUG", set+gcTrace); err != nil {
		return fmt.Errorf("set GODEBUG: %w", err)
	}
	return nil
}

// restartWithGCTrace sets it for this process itself, which begins anew under the same number. It returns only where there is
// nothing to do or that fails.
func restartWithGCTrace() error {
	if strings.Contains(os.Getenv("GODEBUG"), gcTrace) {
		return nil
	}
	if err := traceGC(); err != nil {
		return err
	}
	if err := syscall.Exec("/proc/self/exe", os.Args, os.Environ()); err != nil {
		return fmt.Errorf("start again to trace the collector: %w", err)
	}
	return nil
}
