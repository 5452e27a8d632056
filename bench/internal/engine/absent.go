package engine

import "fmt"

// Absent is an error of what a scenario names and the engine can't have: an image
// that can't be pulled, a package that can't be built, a Dockerfile or a command that
// is not there. It is found
// before anything is measured, and the person's to mend.
type Absent struct{ Err error }

func (e Absent) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e Absent) Unwrap() error { return e.Err }

func absent(format string, args ...any) error { return Absent{fmt.Errorf(format, args...)} }
