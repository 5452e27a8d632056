package bench

import (
	"fmt"
	"testing"
)

// TestFailuresAreBounded: a file of ever new messages takes no memory without end,
// and every failure is counted.
func TestFailuresAreBounded(t *testing.T) {
	var f failures
	for i := range 10 * maxFailureKinds {
		f.see(Hit{Error: fmt.Sprint("failure ", i), Connection: NewConnection})
	}
	f.see(Hit{Status: 200, Connection: NewConnection})
	if f.all != 10*maxFailureKinds || len(f.kinds) != maxFailureKinds+1 || f.mostOften() != "others" || f.silent || f.resets != 0 {
		t.Errorf("%d failures of %d kinds, most often %q", f.all, len(f.kinds), f.mostOften())
	}
}
