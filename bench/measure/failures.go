package measure

import (
	"maps"
	"slices"

	"github.com/memproof/memproof/bench/metric"
)

// failures counts the failed hits of a window by their reason.
type failures struct {
	all          int
	resets       int  // hits on a [metric.ResetConnection]
	noConnection bool // a hit has no record of its connection
	kinds        map[string]int
}

// maxFailureKinds limits the memory for a file in which every message differs.
const maxFailureKinds = 1000

func (f *failures) add(h metric.Hit) {
	f.noConnection = f.noConnection || h.Connection == metric.UnknownConnection
	if h.Connection == metric.ResetConnection {
		f.resets++
	}
	if h.OK() {
		return
	}
	f.all++
	kind := h.Failure()
	if _, known := f.kinds[kind]; !known && len(f.kinds) >= maxFailureKinds {
		kind = "others"
	}
	f.kinds[kind]++
}

// mostFrequent returns the most frequent kind; among equals, the first by name.
func (f *failures) mostFrequent() (most string) {
	for _, kind := range slices.Sorted(maps.Keys(f.kinds)) {
		if f.kinds[kind] > f.kinds[most] {
			most = kind
		}
	}
	return most
}
