package measure

import (
	"maps"
	"slices"

	"github.com/memproof/memproof/bench/metric"
)

// failures counts the failed hits of a window by their reason.
type failures struct {
	all    int
	resets int  // hits on a [ResetConnection]
	silent bool // a hit has no record of its connection
	kinds  map[string]int
}

// maxFailureKinds limits the memory for a file in which every message differs.
const maxFailureKinds = 1000

func (f *failures) see(h metric.Hit) {
	f.silent = f.silent || h.Connection == metric.UnknownConnection
	if h.Connection == metric.ResetConnection {
		f.resets++
	}
	if h.OK() {
		return
	}
	f.all++
	if f.kinds == nil {
		f.kinds = map[string]int{}
	}
	kind := h.Failure()
	if _, known := f.kinds[kind]; !known && len(f.kinds) >= maxFailureKinds {
		kind = "others"
	}
	f.kinds[kind]++
}

// mostOften returns the commonest kind; among equals, the first by name.
func (f *failures) mostOften() (most string) {
	for _, kind := range slices.Sorted(maps.Keys(f.kinds)) {
		if f.kinds[kind] > f.kinds[most] {
			most = kind
		}
	}
	return most
}
