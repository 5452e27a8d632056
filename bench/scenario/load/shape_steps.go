package load

import (
	"slices"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

var stepsKind = shapeKind{
	marks: []string{"steps"}, needs: []string{"for"},
	is: func(p Phase) bool { return len(p.Steps) > 0 },
	of: func(p Phase) Shape { return staircase{p.Steps, p.For} },
	show: func(p Phase) string {
		steps := make([]string, len(p.Steps))
		for i, r := range p.Steps {
			steps[i] = r.String()
		}
		return strings.Join(steps, ", ") + " in equal steps"
	},
	check: func(p Phase, _ func(string) bool, fail Fail) {
		if len(p.Steps) == 0 {
			fail("steps", "is empty: write it like [100/s, 200/s]")
		}
		if slices.Contains(p.Steps, 0) {
			fail("steps", throughZero)
		}
	},
}

// staircase has several rates, each for the same time.
type staircase struct {
	steps []metric.Rate
	long  time.Duration // length of all steps together
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

func (s staircase) Rate(at time.Duration) metric.Rate {
	return s.steps[max(0, min(int(at.Seconds()/s.each()), len(s.steps)-1))]
}
