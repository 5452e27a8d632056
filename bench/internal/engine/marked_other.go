//go:build !linux

package engine

import "context"

// sweepProcesses finds nothing: the host engine, which marks processes, needs
// Linux.
func sweepProcesses(context.Context, string) error { return nil }

// markOf knows of no marks.
func markOf(int) string { return "" }
