package bench

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Course is how the rate of a phase runs over its time. The number of hits due
// by some time is the integral of the rate, so a phase has the same hits at the
// same times in every trial, on any machine. Offsets count from the phase's
// beginning and lie within the phase.
type Course interface {
	// Between is how many hits are due from one offset to a later one, as the
	// rate has it: no whole number, except for a recorded trace.
	Between(from, to time.Duration) float64
	// Due is the offset by which x hits are due, the inverse of Between(0, t).
	// Hit k of the phase, from 0, is sent at Due(k).
	Due(x float64) time.Duration
	// Rate is the rate at an offset.
	Rate(at time.Duration) Rate
}

// Course is the phase's rate over time.
func (p Phase) Course() Course {
	switch {
	case p.Trace != "":
		return replay{p.Recorded, p.speed(), p.For}
	case len(p.Steps) > 0:
		return staircase{p.Steps, p.For}
	case p.Period > 0:
		return wave{float64(p.Rate), float64(p.Amplitude), p.Period.Seconds()}
	case p.To > 0:
		return ramp{float64(p.Rate), (float64(p.To) - float64(p.Rate)) / p.For.Seconds()}
	default:
		return constant(p.Rate)
	}
}

// String is the course as a person reads it: 100/s to 300/s.
func (p Phase) String() string {
	switch {
	case p.Trace != "" && p.speed() != 1:
		return fmt.Sprintf("replay of %s, %s times as fast", p.Trace, strconv.FormatFloat(p.Speed, 'g', -1, 64))
	case p.Trace != "":
		return "replay of " + p.Trace
	case len(p.Steps) > 0:
		steps := make([]string, len(p.Steps))
		for i, r := range p.Steps {
			steps[i] = r.String()
		}
		return strings.Join(steps, ", ") + " in equal steps"
	case p.Period > 0:
		return fmt.Sprintf("%s ± %s every %s", p.Rate, p.Amplitude, p.Period)
	case p.To > 0:
		return fmt.Sprintf("%s to %s", p.Rate, p.To)
	default:
		return p.Rate.String()
	}
}

// Rests says that the phase sends nothing: its rate is 0/s. What is measured then
// is what the variant holds by itself.
func (p Phase) Rests() bool {
	return p.Trace == "" && len(p.Steps) == 0 && p.Period == 0 && p.To == 0 && p.Rate == 0
}

// Hits is how many requests the phase sends.
func (p Phase) Hits() uint64 { return uint64(p.Course().Between(0, p.For) + 0.5) }

func (p Phase) speed() float64 {
	if p.Speed == 0 {
		return 1
	}
	return p.Speed
}

// offset is a time in seconds as an offset, to the nearest nanosecond.
func offset(seconds float64) time.Duration {
	return time.Duration(math.Round(seconds * float64(time.Second)))
}

type constant Rate

func (c constant) Between(from, to time.Duration) float64 { return float64(c) * (to - from).Seconds() }
func (c constant) Due(x float64) time.Duration            { return offset(x / float64(c)) }
func (c constant) Rate(time.Duration) Rate                { return Rate(c) }

// ramp is a straight line, from a rate, by slope hits a second each second.
type ramp struct{ from, slope float64 }

func (r ramp) Between(from, to time.Duration) float64 {
	a, b := from.Seconds(), to.Seconds()
	return (b - a) * (r.from + r.slope*(a+b)/2)
}

// Due solves x = from·t + slope·t²/2 in the form that keeps its digits where
// the slope is near 0.
func (r ramp) Due(x float64) time.Duration {
	root := math.Sqrt(max(0, r.from*r.from+2*r.slope*x)) // below 0 by rounding alone
	return offset(2 * x / (r.from + root))
}

func (r ramp) Rate(at time.Duration) Rate { return Rate(r.from + r.slope*at.Seconds()) }

// staircase holds each rate for the same time.
type staircase struct {
	steps []Rate
	long  time.Duration // all steps together
}

func (s staircase) each() float64 { return s.long.Seconds() / float64(len(s.steps)) }

func (s staircase) Between(from, to time.Duration) float64 { return s.by(to) - s.by(from) }

func (s staircase) by(t time.Duration) (hits float64) {
	left := t.Seconds()
	for _, r := range s.steps {
		hits += float64(r) * min(left, s.each())
		if left -= s.each(); left <= 0 {
			break
		}
	}
	return hits
}

func (s staircase) Due(x float64) time.Duration {
	last := len(s.steps) - 1
	for i, r := range s.steps {
		if in := float64(r) * s.each(); i < last && x >= in {
			x -= in
			continue
		}
		return offset(float64(i)*s.each() + x/float64(r))
	}
	return 0
}

func (s staircase) Rate(at time.Duration) Rate {
	return s.steps[max(0, min(int(at.Seconds()/s.each()), len(s.steps)-1))]
}

// wave is a sine around a mean. It begins at the mean and rises.
type wave struct{ mean, amplitude, period float64 }

func (w wave) Between(from, to time.Duration) float64 {
	return w.by(to.Seconds()) - w.by(from.Seconds())
}

func (w wave) by(t float64) float64 {
	return w.mean*t + w.swing()*(1-math.Cos(2*math.Pi*t/w.period))
}

// swing is by how much half a period's hits lead or lag those of the mean,
// halved.
func (w wave) swing() float64 { return w.amplitude * w.period / (2 * math.Pi) }

// Due halves the interval in which the time must lie, for the equation has no
// closed solution, until a tenth of a nanosecond is left: about 35 steps.
func (w wave) Due(x float64) time.Duration {
	low, high := max(0, (x-2*w.swing())/w.mean), x/w.mean
	for high-low > 1e-10 {
		middle := (low + high) / 2
		if middle == low || middle == high {
			break // the digits of a float64 are used up
		}
		if w.by(middle) < x {
			low = middle
		} else {
			high = middle
		}
	}
	return offset((low + high) / 2)
}

func (w wave) Rate(at time.Duration) Rate {
	return Rate(w.mean + w.amplitude*math.Sin(2*math.Pi*at.Seconds()/w.period))
}

// replay is a recorded trace, faster by a factor, cut off at the phase's end.
type replay struct {
	trace Trace
	speed float64
	long  time.Duration
}

// before is how many arrivals are due before an offset.
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

// Rate is that of the second around the offset.
func (r replay) Rate(at time.Duration) Rate {
	const half = time.Second / 2
	return Rate(r.before(at+half) - r.before(at-half))
}
