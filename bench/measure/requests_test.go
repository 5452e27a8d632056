package measure

import (
	"fmt"
	"testing"

	"github.com/memproof/memproof/bench/metric"
)

// TestFailuresAreBounded: a file in which every message differs takes limited memory,
// and every failure is counted.
func TestFailuresAreBounded(t *testing.T) {
	f := failures{kinds: map[string]int{}}
	for i := range 10 * maxFailureKinds {
		f.add(metric.Hit{Error: fmt.Sprint("failure ", i), Connection: metric.NewConnection})
	}
	f.add(metric.Hit{Status: 200, Connection: metric.NewConnection})
	if f.all != 10*maxFailureKinds || len(f.kinds) != maxFailureKinds+1 || f.mostFrequent() != "others" || f.noConnection || f.resets != 0 {
		t.Errorf("%d failures of %d kinds, most often %q", f.all, len(f.kinds), f.mostFrequent())
	}
}
