package generator

import (
	"math"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

var varied = []load.Phase{
	{Name: "constant", Rate: 100, For: 3 * time.Second},
	{Name: "ramp", Rate: 50, To: 400, For: 5 * time.Second},
	{Name: "fall", Rate: 400, To: 50, For: 5 * time.Second},
	{Name: "steps", Steps: []metric.Rate{100, 300, 50}, For: 6 * time.Second},
	{Name: "sine", Rate: 200, Amplitude: 200, Period: 2 * time.Second, For: 7 * time.Second},
	{Name: "replay", Trace: "t", Speed: 2, For: 4 * time.Second, Recorded: load.Trace{{At: 0}, {At: time.Second, Target: "b"}, {At: 7 * time.Second}, {At: 9 * time.Second}}},
}

// TestScheduleIsInOrderAndWithinItsPhases, for both ways to arrive: a hit
// belongs to the phase that it counts for.
func TestScheduleIsInOrderAndWithinItsPhases(t *testing.T) {
	for _, arrivals := range []load.ArrivalProcess{load.Constant, load.Poisson} {
		t.Run(string(arrivals), func(t *testing.T) {
			a := scenario.Attack{Targets: []load.Target{{Name: "a"}, {Name: "b"}}, Phases: varied, Arrivals: arrivals, Seed: 3}
			s, again := newSchedule(a), newSchedule(a)
			last, k, start := time.Duration(0), uint64(0), time.Duration(0)
			for _, p := range varied {
				for range p.Hits() {
					at := s.at(k)
					if at < last || at < start || at >= start+p.For {
						t.Fatalf("%s: hit %d is due at %v, the one before at %v, the phase is %v to %v", p.Name, k, at, last, start, start+p.For)
					}
					if at != again.at(k) || s.target(k) != again.target(k) {
						t.Fatalf("hit %d differs between two schedules of one seed", k)
					}
					last, k = at, k+1
				}
				start += p.For
			}
			if k != s.hits {
				t.Errorf("%d hits were seen, %d announced", k, s.hits)
			}
			// The trace's own times and target come through: its second request.
			if at := s.at(k - 2); at != start-4*time.Second+time.Second/2 || s.target(k-2) != 1 {
				t.Errorf("the replay's second hit is due at %v for target %d", at, s.target(k-2))
			}
			if at := s.at(1500); at != again.at(1500) || s.at(2) != again.at(2) {
				t.Error("going back gives other times")
			}
		})
	}
}

// TestPoissonArrivals: given their number, hits are even draws on the scale of
// the rate's integral. So the counts of bins that the rate fills alike have the
// binomial's mean and variance, and the gaps the exponential's. The bounds
// are four deviations.
func TestPoissonArrivals(t *testing.T) {
	const n, bins = 20_000, 100
	for _, p := range []load.Phase{
		{Rate: 1000, For: 20 * time.Second},
		{Rate: 100, To: 1900, For: 20 * time.Second},
		{Rate: 1000, Amplitude: 900, Period: 5 * time.Second, For: 20 * time.Second},
	} {
		t.Run(p.String(), func(t *testing.T) {
			a := scenario.Attack{Targets: []load.Target{{}}, Phases: []load.Phase{p}, Arrivals: load.Poisson, Seed: 1}
			s := newSchedule(a)
			if s.hits != n {
				t.Fatalf("%d hits, want %d as with constant arrivals", s.hits, n)
			}
			var count [bins]float64
			var gaps, squares, last float64
			for k := range s.hits {
				x := p.Shape().Between(0, s.at(k))
				count[min(bins-1, int(x/n*bins))]++
				gaps, squares, last = gaps+x-last, squares+(x-last)*(x-last), x
			}
			variance := 0.0
			for _, c := range count {
				variance += (c - n/bins) * (c - n/bins) / bins
			}
			// The variance over the bins is n/bins·(1-1/bins) = 198, its deviation 28.
			if variance < 198-4*28 || variance > 198+4*28 {
				t.Errorf("the counts of %d bins have the variance %.0f, want about 198", bins, variance)
			}
			// The mean square of exponential gaps is twice the square of their mean.
			if mean := gaps / n; math.Abs(mean-1) > 0.01 || math.Abs(squares/n-2) > 0.15 {
				t.Errorf("the gaps have mean %.3f and mean square %.3f, want 1 and 2", mean, squares/n)
			}
		})
	}
}
