package sampler

import "time"

// The reading of smaps_rollup may take a share of one core, because the kernel walks the
// page tables of the whole process for it: 2.5 ms for 200 MB, 8.5 ms for 1 GB in small
// pages. Without a cgroup the sum of PSS is the memory figure, and a window of seconds
// must have several readings, so the share is larger.
//
// However many processes there are, a reading comes at least once per gap, even if it
// then takes more than its share: with a hundred a window would have none.
const (
	rollupShare      = 0.005
	rollupShareAlone = 0.015
	rollupGap        = 10 * time.Second
	rollupGapAlone   = 2 * time.Second // a window may go 5 s without its memory figure
)

// budget spaces out costly readings: they take at most their share of one core, up to
// the longest gap.
type budget struct {
	share float64
	gap   time.Duration
	next  time.Time // the first reading is always due
}

func (b *budget) due(now time.Time) bool { return !now.Before(b.next) }

// charge records that a reading ended now and took that much CPU time.
func (b *budget) charge(now time.Time, cost time.Duration) {
	b.next = now.Add(min(time.Duration(float64(cost)/b.share), b.gap))
}
