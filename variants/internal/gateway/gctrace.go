package gateway

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// gcTrace is Go's gc.set_debug(gc.DEBUG_STATS): the runtime writes a line for each collection to standard error.
const gcTrace = "gctrace=1"

// goDebug is the variable that holds it.
const goDebug = "GODEBUG"

// traceGC turns it on, or leaves it at what GODEBUG was, for the processes that this one starts from now on: the runtime
// reads GODEBUG when it starts, and a change of this setting later is lost on it.
func traceGC(was string, on bool) error {
	set := was
	switch {
	case on && was == "":
		set = gcTrace
	case on:
		set = was + "," + gcTrace
	}
	if err := os.Setenv(goDebug, set); err != nil {
		return fmt.Errorf("set %s: %w", goDebug, err)
	}
	return nil
}

// restartWithGCTrace sets it for this process itself, which begins anew under the same number. It returns only where there is
// nothing to do or that fails.
func restartWithGCTrace() error {
	was := os.Getenv(goDebug)
	if strings.Contains(was, gcTrace) {
		return nil
	}
	if err := traceGC(was, true); err != nil {
		return err
	}
	if err := syscall.Exec("/proc/self/exe", os.Args, os.Environ()); err != nil {
		return fmt.Errorf("start again to trace the collector: %w", err)
	}
	return nil
}
