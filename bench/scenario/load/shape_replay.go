package load

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

var replayKind = shapeKind{
	marks: []string{"trace"}, may: []string{"speed", "for"},
	is: func(p Phase) bool { return p.Trace != "" },
	of: func(p Phase) Shape { return replay{p.Recorded, p.speed(), p.For} },
	show: func(p Phase) string {
		if p.speed() == 1 {
			return "replay of " + p.Trace
		}
		return fmt.Sprintf("replay of %s, %s times as fast", p.Trace, strconv.FormatFloat(p.Speed, 'g', -1, 64))
	},
	check: func(p Phase, has func(string) bool, fail Fail) {
		if has("speed") && !(p.Speed > 0 && !math.IsInf(p.Speed, 0)) {
			fail("speed", "%g is not a speed: want a number above 0, such as 2 for half the time", p.Speed)
		}
	},
}

// replay is a recorded trace at a changed speed, cut off at the phase's end.
type replay struct {
	trace Trace
	speed float64
	long  time.Duration
}

// before returns how many arrivals are due before an offset.
func (r replay) before(t time.Duration) int {
	t = min(t, r.long)
	return sort.Search(len(r.trace), func(i int) bool { return r.at(i) >= t })
}

func (r replay) at(i int) time.Duration {
	if r.speed == 1 {
		return r.trace[i].At
	}
	return offset(r.trace[i].At.Seconds() / r.speed)
}

func (r replay) Between(from, to time.Duration) float64 {
	return float64(r.before(to) - r.before(from))
}

func (r replay) Due(x float64) time.Duration {
	if len(r.trace) == 0 {
		return 0
	}
	return r.at(min(int(x), len(r.trace)-1))
}

// Rate returns the arrivals of the second around the offset.
func (r replay) Rate(at time.Duration) metric.Rate {
	const half = time.Second / 2
	return metric.Rate(r.before(at+half) - r.before(at-half))
}

// ReplayLength returns the length of the trace at the phase's speed: just beyond its
// last request. It is 0 without a request, or without a speed.
func (p Phase) ReplayLength() time.Duration {
	if len(p.Recorded) == 0 || p.speed() <= 0 {
		return 0
	}
	last := replay{p.Recorded, p.speed(), 0}.at(len(p.Recorded) - 1)
	return last.Truncate(time.Millisecond) + time.Millisecond
}
