package sampler

import "time"

// rollupShare is how much of one core the reading of smaps_rollup may take, as
// the kernel walks the page tables of the whole process for it: 2.5 ms for
// 200 MB, 8.5 ms for 1 GB in small pages.
const rollupShare = 0.005

// rollupShareAlone is the same where there is no cgroup: the sum of PSS is then
// the headline, and a window of seconds must hold several readings of it.
const rollupShareAlone = 0.015

// However many processes there are, a reading comes at least so often: a hundred
// would else leave a window without any. It then takes more than its share.
const (
	rollupGap      = 10 * time.Second
	rollupGapAlone = 2 * time.Second // a window may go 5 s without its headline
)

// budget spaces out costly readings so that they take no more than their share
// of one core, however large the processes grow, up to the longest gap.
type budget struct {
	share float64
	gap   time.Duration
	next  time.Time // not before; the first reading is always due
}

func (b *budget) due(now time.Time) bool { return !now.Before(b.next) }

// spent says that a reading ended now and took that much CPU time.
func (b *budget) spent(now time.Time, cost time.Duration) {
	b.next = now.Add(min(time.Duration(float64(cost)/b.share), b.gap))
}
