package sensitivity

import (
	"math"
	"slices"

	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/scenario"
)

// Slice is a part of the load with the claim's answer from its readings alone. Each
// interval stands by itself (pointwise): the band that they form is not one for the whole
// curve.
type Slice struct {
	From     float64 `json:"from"` // seconds since the load began
	To       float64 `json:"to"`
	InWindow bool    `json:"in_window"`
	Answer   *Answer `json:"answer,omitempty"` // nil if a trial has no reading in it
}

const (
	mostSlices    = 60
	shortestSlice = 1.0 // seconds
)

// Slices cuts each phase of the load into slices of equal length, so that none lies in two
// phases, and answers the claim in each.
func Slices(q Question, sc *scenario.Scenario) (all []Slice) {
	width := max(shortestSlice, sc.LoadLength().Seconds()/mostSlices, 2*q.spacing())
	from := 0.0
	for _, p := range sc.Load.Phases {
		n := max(1, math.Round(p.For.Seconds()/width))
		for i := range int(n) {
			s := Slice{From: from + p.For.Seconds()*float64(i)/n, To: from + p.For.Seconds()*float64(i+1)/n, InWindow: p.Measure}
			if a, ok := q.answer(meanBetween(s.From, s.To), q.own()); ok {
				s.Answer = &a
			}
			all = append(all, s)
		}
		from += p.For.Seconds()
	}
	return all
}

func meanBetween(from, to float64) figure {
	return func(t measure.TrialResult) (float64, bool) {
		r := t.Readings.Between(from, to)
		return r.Average(), len(r) > 0
	}
}

// spacing is the longest of the trials' median times between two readings, in seconds.
func (q Question) spacing() (longest float64) {
	for _, b := range q.Blocks {
		for _, t := range b {
			var gaps []float64
			for i := 1; i < len(t.Readings); i++ {
				gaps = append(gaps, t.Readings[i].At-t.Readings[i-1].At)
			}
			if slices.Sort(gaps); len(gaps) > 0 {
				longest = max(longest, gaps[len(gaps)/2])
			}
		}
	}
	return longest
}
