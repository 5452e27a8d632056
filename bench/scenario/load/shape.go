package load

import (
	"math"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// Shape is the rate of a phase over its time. The number of hits due by some time is
// the integral of the rate, so a phase has the same hits at the same times in every
// trial, on any machine. Offsets count from the phase's beginning and lie within the
// phase.
type Shape interface {
	// Between returns how many hits are due from one offset to a later one: the
	// integral of the rate. It is a whole number only for a recorded trace.
	Between(from, to time.Duration) float64
	// Due returns the offset at which x hits are due, the inverse of Between(0, t). Hit
	// k of the phase, from 0, is sent at Due(k).
	Due(x float64) time.Duration
	// Rate returns the rate at an offset.
	Rate(at time.Duration) metric.Rate
}

// shapeKind describes one shape, and how a phase with it is written.
type shapeKind struct {
	marks []string // the fields that select this shape, all needed
	needs []string // further needed fields
	may   []string // optional fields
	is    func(Phase) bool
	of    func(Phase) Shape
	show  func(Phase) string // in readable form: 100/s to 300/s
	// check reports values that the shape cannot have. has reports which fields were
	// written.
	check func(p Phase, has func(field string) bool, fail Fail)
}

// Fail reports what is wrong with a field of a phase.
type Fail func(field, format string, args ...any)

// kinds lists all shapes. A phase has the first one that matches; the last matches any
// phase.
var kinds = []shapeKind{replayKind, stepsKind, rampKind, sineKind, constantKind}

// Shape returns the phase's rate over its time.
func (p Phase) Shape() Shape { return p.kind().of(p) }

// String returns the shape in readable form: 100/s to 300/s.
func (p Phase) String() string { return p.kind().show(p) }

func (p Phase) kind() shapeKind {
	return kinds[slices.IndexFunc(kinds, func(k shapeKind) bool { return k.is(p) })]
}

// shapeField is a field that a shape is written with.
type shapeField struct {
	name, example string
	rates         func(Phase) []metric.Rate // that the field holds; nil: it holds none
}

// shapeFields lists all fields of shapes.
var shapeFields = []shapeField{
	{"rate", "100/s", func(p Phase) []metric.Rate { return []metric.Rate{p.Rate} }},
	{"to", "300/s", func(p Phase) []metric.Rate { return []metric.Rate{p.To} }},
	{"steps", "[100/s, 200/s]", func(p Phase) []metric.Rate { return p.Steps }},
	{"amplitude", "50/s", func(p Phase) []metric.Rate { return []metric.Rate{p.Amplitude} }},
	{"period", "20s", nil},
	{"trace", "monday.csv", nil},
	{"speed", "2", nil},
	{"for", "30s", nil},
}

// CheckRates fails each field that has a rate above most.
func (p Phase) CheckRates(most metric.Rate, fail Fail) {
	for _, f := range shapeFields {
		if f.rates == nil {
			continue
		}
		if rates := f.rates(p); len(rates) > 0 && slices.Max(rates) > most {
			fail(f.name, "%s is out of range: want at most %s", slices.Max(rates), most)
		}
	}
}

// CheckShape requires exactly the fields of one shape. has reports which fields of the
// phase were written.
func (p Phase) CheckShape(has func(field string) bool, fail Fail) {
	mark := ""
	i := slices.IndexFunc(kinds, func(k shapeKind) bool {
		m := slices.IndexFunc(k.marks, has)
		if m >= 0 {
			mark = k.marks[m]
		}
		return m >= 0
	})
	if i < 0 {
		fail("rate", "is missing: write it like 100/s, or use steps or trace")
		return
	}
	k := kinds[i]
	for _, f := range shapeFields {
		needed := slices.Contains(k.marks, f.name) || slices.Contains(k.needs, f.name)
		switch {
		case has(f.name) && !needed && !slices.Contains(k.may, f.name):
			fail(f.name, "does not go with %s: keep one of the two", mark)
		case !has(f.name) && needed:
			fail(f.name, "is missing, and %s needs it: write it like %s", mark, f.example)
		}
	}
	if k.check != nil {
		k.check(p, has, fail)
	}
	if mark != "rate" && has("rate") && p.Rate == 0 {
		fail("rate", "is 0/s, and does not go with %s: want a rate above 0/s", mark)
	}
}

// throughZero is the message for a shape whose rate reaches 0/s.
const throughZero = "reaches 0/s: give the time without load a phase of its own, with rate: 0/s"

// offset converts seconds to an offset, to the nearest nanosecond.
func offset(seconds float64) time.Duration {
	return time.Duration(math.Round(seconds * float64(time.Second)))
}
