package record

import (
	"cmp"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// The clocks that place the samples of a trial.
const (
	ByBoottime = "boottime" // CLOCK_BOOTTIME of the samples' machine, which cannot be set
	ByWall     = "wall"     // its wall clock, if some sample lacks the boottime
)

// SampleClock places the samples of a trial in its phases. Samples carry the time of the
// variant's machine, which may be virtual or remote; phases carry the generator's time, and
// the two may differ by seconds. The arrivals of samples connect them: no sample is taken
// after it arrives, and among many some arrive without delay.
type SampleClock struct {
	By string `json:"by"` // ByBoottime or ByWall
	// Zero is the generator's time when the samples' clock was at 0. It is the earliest
	// time that any sample of the trial allows.
	Zero time.Time `json:"zero"`
	// Offset is how far the generator's clock was ahead of the samples' wall clock at
	// the trial's first sample, in seconds.
	Offset float64 `json:"offset"`
	// Unsteady is how far Zero moved during the trial, in seconds, from 0. Each stretch
	// of at least 5 s and 5 samples gives one Zero.
	Unsteady float64 `json:"unsteady"`
}

// MaxUnsteady is the most that Zero may move, in seconds. A sample then falls into its own
// phase, except within half a sampling interval of the phase's ends.
const MaxUnsteady = 0.1

// place returns the generator's time of the sample. A trial of an older version
// recorded no arrivals and has no clock; it uses the sample's own time.
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

// ownTime returns the time of the sample since its own clock was at 0. The boottime is read
// just after the sample; two readings of the wall clock give the delay, which is subtracted.
func ownTime(s metric.Sample, by string) (own time.Duration, ok bool) {
	if by == ByWall {
		return time.Duration(s.At.UnixNano()), true
	}
	if s.Machine == nil {
		return 0, false
	}
	after := s.Machine.Wall.Sub(s.At)
	if after < 0 || after > time.Second { // the wall clock was set between the two
		after = 0
	}
	return toDuration(s.Machine.Up) - after, true
}

func toDuration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second))
}

// Arrivals computes the clock of a trial's samples while they arrive.
type Arrivals struct {
	boot, wall envelope
	lacking    bool           // some sample has no boottime
	first      *metric.Sample // nil: none arrived
}

// See adds a sample with the generator's time at its arrival.
func (a *Arrivals) See(s metric.Sample, arrived time.Time) {
	if a.first == nil {
		a.first = &s
	}
	if own, ok := ownTime(s, ByBoottime); ok {
		a.boot.see(arrived, own)
	} else {
		a.lacking = true
	}
	own, _ := ownTime(s, ByWall)
	a.wall.see(arrived, own)
}

// Clock returns nil if no sample arrived.
func (a *Arrivals) Clock() *SampleClock {
	if a.first == nil {
		return nil
	}
	by, e := ByBoottime, &a.boot
	if a.lacking {
		by, e = ByWall, &a.wall
	}
	zero, unsteady := e.result()
	c := &SampleClock{By: by, Zero: time.Unix(0, 0).Add(zero).UTC(), Unsteady: unsteady.Seconds()}
	c.Offset = c.place(*a.first).Sub(a.first.At).Seconds()
	return c
}

// envelope tracks the difference between the generator's clock and the samples': its
// minimum over the trial, and the highest minimum of a stretch. A delayed sample has a
// larger difference than the others, so a minimum ignores it.
type envelope struct {
	least, most time.Duration
	stretched   bool      // whether a stretch is complete and most is set
	recent      []arrival // the samples of the current stretch
}

type arrival struct {
	at    time.Time
	apart time.Duration // the generator's clock less the sample's
}

// A stretch needs both, so that some of its samples arrived without delay.
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

// spans reports whether the samples fill a stretch.
func (e *envelope) spans(some []arrival, now time.Time) bool {
	return len(some) >= stretchSamples && now.Sub(some[0].at) >= stretchLength
}

// result returns the minimum, and how far the highest stretch was above it; 0 if the
// trial was shorter than a stretch.
func (e *envelope) result() (least, apart time.Duration) {
	if !e.stretched {
		return e.least, 0
	}
	return e.least, e.most - e.least
}
