package record

import (
	"cmp"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// What the samples of a trial are placed by.
const (
	// ByBoottime is CLOCK_BOOTTIME of the samples' machine: nobody can set it.
	ByBoottime = "boottime"
	// ByWall is the wall clock of the samples' machine, where some sample has no
	// other.
	ByWall = "wall"
)

// SampleClock places the samples of a trial among its phases. Samples carry the
// time of the machine that the variant ran on, which may be a virtual or a
// remote one; phases carry the time of the generator. The wall clocks of the two
// may differ by seconds. What they agree on is when a sample arrived: it can't
// have been taken later, and of many some arrive at once.
type SampleClock struct {
	By string `json:"by"` // ByBoottime or ByWall
	// Zero is the generator's time when the samples' clock was at 0: the earliest
	// that any sample of the trial allows.
	Zero time.Time `json:"zero"`
	// Offset is how far the generator's clock was ahead of the samples' wall clock
	// when the trial's first sample was taken, in seconds.
	Offset float64 `json:"offset"`
	// Unsteady is how far Zero moved during the trial, in seconds, from 0. Each
	// stretch of 5 s or 5 samples gives one Zero.
	Unsteady float64 `json:"unsteady"`
}

// MaxUnsteady is how far the samples' clock may move against the generator's,
// in seconds: a sample is then in the phase that it was taken in, but for half
// an interval between samples at each end.
const MaxUnsteady = 0.1

// place is the generator's time at which the sample was taken. A trial from
// before arrivals were noted has no clock, and takes the sample's word.
func (c *SampleClock) place(s metric.Sample) time.Time {
	if c == nil {
		return s.At
	}
	own, ok := ownTime(s, c.By)
	if !ok {
		return s.At.Add(toDuration(c.Offset))
	}
	return c.Zero.Add(own)
}

// ownTime is when the sample was taken on its own clock, since that was at 0.
// The boottime is read just after the sample, and the wall clock with it, so
// that the two readings of the wall clock tell how long after.
func ownTime(s metric.Sample, by string) (own time.Duration, ok bool) {
	if by == ByWall {
		return time.Duration(s.At.UnixNano()), true
	}
	if s.Machine == nil {
		return 0, false
	}
	after := s.Machine.Wall.Sub(s.At)
	if after < 0 || after > time.Second { // the wall clock was set in between
		after = 0
	}
	return toDuration(s.Machine.Up) - after, true
}

func toDuration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second))
}

// Arrivals finds the clock of a trial's samples while they arrive.
type Arrivals struct {
	boot, wall envelope
	lacking    bool // a sample without a boottime
	first      metric.Sample
	some       bool
}

// See takes a sample that arrived at that time of the generator's.
func (a *Arrivals) See(s metric.Sample, arrived time.Time) {
	if !a.some {
		a.first, a.some = s, true
	}
	if own, ok := ownTime(s, ByBoottime); ok {
		a.boot.see(arrived, own)
	} else {
		a.lacking = true
	}
	own, _ := ownTime(s, ByWall)
	a.wall.see(arrived, own)
}

// Clock is nil where no sample arrived.
func (a *Arrivals) Clock() *SampleClock {
	if !a.some {
		return nil
	}
	by, e := ByBoottime, &a.boot
	if a.lacking {
		by, e = ByWall, &a.wall
	}
	zero, unsteady := e.result()
	c := &SampleClock{By: by, Zero: time.Unix(0, 0).Add(zero).UTC(), Unsteady: unsteady.Seconds()}
	c.Offset = c.place(a.first).Sub(a.first.At).Seconds()
	return c
}

// envelope is the least of the differences between the generator's clock and
// the samples' over the trial, and the highest that it was in any stretch. A
// sample that was held up on its way has a larger difference than the others.
type envelope struct {
	least, most time.Duration
	stretched   bool      // there was a whole stretch, so that most is known
	recent      []arrival // one stretch, or what there is of it
}

type arrival struct {
	at    time.Time
	apart time.Duration // the generator's clock less the sample's
}

// A stretch lasts so long and holds so many samples, so that some of them
// arrived at once.
const (
	stretchLength  = 5 * time.Second
	stretchSamples = 5
)

func (e *envelope) see(arrived time.Time, own time.Duration) {
	one := arrival{arrived, time.Duration(arrived.UnixNano()) - own}
	if len(e.recent) == 0 || one.apart < e.least {
		e.least = one.apart
	}
	e.recent = append(e.recent, one)
	for e.spans(e.recent[1:], arrived) {
		e.recent = e.recent[1:]
	}
	if e.spans(e.recent, arrived) {
		low := slices.MinFunc(e.recent, func(a, b arrival) int { return cmp.Compare(a.apart, b.apart) }).apart
		if !e.stretched || low > e.most {
			e.most, e.stretched = low, true
		}
	}
}

// spans says whether these samples are a whole stretch.
func (e *envelope) spans(some []arrival, now time.Time) bool {
	return len(some) >= stretchSamples && now.Sub(some[0].at) >= stretchLength
}

// result is the least of all, and how far above it a stretch was at the most; 0
// where the trial was shorter than one.
func (e *envelope) result() (least, apart time.Duration) {
	if !e.stretched {
		return e.least, 0
	}
	return e.least, e.most - e.least
}
