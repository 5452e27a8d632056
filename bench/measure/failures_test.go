package measure

import (
	"fmt"
	"testing"

	"github.com/memproof/memproof/bench/metric"
)

// TestFailuresAreBounded: a file in which every message differs takes limited memory,
// and every failure is counted.
func TestFailuresAreBounded(t *testing.T) {
	var f failures
	for i := range 10 * maxFailureKinds {
		f.see(metric.Hit{Error: fmt.Sprint("failure ", i), Connection: metric.NewConnection})
	}
	f.see(metric.Hit{Status: 200, Connection: metric.NewConnection})
	if f.all != 10*maxFailureKinds || len(f.kinds) != maxFailureKinds+1 || f.mostOften() != "others" || f.silent || f.resets != 0 {
		t.Errorf("%d failures of %d kinds, most often %q", f.all, len(f.kinds), f.mostOften())
	}
}
