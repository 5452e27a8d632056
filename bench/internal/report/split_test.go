package report

import (
	"testing"

	"github.com/memproof/memproof/bench"
)

// TestSplitAddsUp: a process that came and went between two samples must not
// make the parts add up to more, or less, than the whole.
func TestSplitAddsUp(t *testing.T) {
	var sum splitSum
	for _, s := range []split{
		{processes: []float64{10, 20, 30}, kernel: 6},
		{processes: []float64{10, 20}, kernel: 2},
	} {
		sum.add(s)
	}
	mean := sum.mean()
	if mean.mapped() != 45 || mean.kernel != 4 || mean.processes[2] != 15 {
		t.Errorf("got %v; want 10, 20 and 15 of 45, and a kernel of 4", mean)
	}
}

func TestSplitSampleNeedsThePSSOfAll(t *testing.T) {
	pss := uint64(5)
	if s, ok := splitSample(bench.Sample{Processes: []bench.Process{{PSS: &pss}, {}}}); ok {
		t.Errorf("one process lacks PSS, and the split is %v", s)
	}
	if s, ok := splitSample(bench.Sample{Processes: []bench.Process{{PSS: &pss}}}); !ok || s.mapped() != 5 || s.kernel != 0 {
		t.Errorf("without a cgroup the split is %v, %v; want 5 mapped and no kernel", s, ok)
	}
}
