package leftovers

import "context"

// EndTagged finds nothing: the host engine, which tags processes, needs Linux.
func EndTagged(context.Context, string) error { return nil }

// TagOf knows of no tags.
func TagOf(int) string { return "" }
