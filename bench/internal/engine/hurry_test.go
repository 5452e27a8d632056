package engine

import (
	"context"
	"testing"
	"time"
)

// TestHurry: the grace becomes short when the run is interrupted, before the stop
// or in it, and stays where it is not.
func TestHurry(t *testing.T) {
	const grace = time.Millisecond
	for _, interrupt := range map[string]func(cancel func()) (later func()){
		"before": func(cancel func()) func() { cancel(); return func() {} },
		"in it":  func(cancel func()) func() { return cancel },
	} {
		run, cancel := context.WithCancel(t.Context())
		later := interrupt(cancel)
		hurried, done := hurry(t.Context(), run, grace)
		later()
		<-hurried.Done() // or the test hangs
		done()
	}
	run, cancel := context.WithCancel(t.Context())
	hurried, done := hurry(t.Context(), run, time.Hour)
	if hurried.Err() != nil {
		t.Error("the grace is cut without an interrupt")
	}
	cancel()
	if hurried.Err() != nil {
		t.Error("the interrupt leaves no grace")
	}
	done()
	if hurried.Err() == nil {
		t.Error("the context lives on after done")
	}
}
