package load_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario/load"
)

var courses = []load.Phase{
	{Rate: 100, For: 3 * time.Second},
	{Rate: 7.3, For: 2500 * time.Millisecond},
	{Rate: 50, To: 400, For: 5 * time.Second},
	{Rate: 400, To: 1, For: 5 * time.Second},
	{Rate: 100, To: 100, For: 5 * time.Second},
	{Steps: []metric.Rate{100, 300, 50}, For: 6 * time.Second},
	{Rate: 200, Amplitude: 50, Period: 20 * time.Second, For: 30 * time.Second},
	{Rate: 200, Amplitude: 200, Period: 2 * time.Second, For: 7 * time.Second},
	{Rate: 2000, Amplitude: 1500, Period: 100 * time.Millisecond, For: 1100 * time.Millisecond},
}

// TestCourseIsTheIntegralOfItsRate: Between equals the rate summed in small steps.
func TestCourseIsTheIntegralOfItsRate(t *testing.T) {
	for _, p := range courses {
		t.Run(p.String(), func(t *testing.T) {
			c := p.Shape()
			const steps = 100_000
			sum, step := 0.0, p.For/steps
			for i := range time.Duration(steps) {
				sum += float64(c.Rate(i*step+step/2)) * step.Seconds()
				if i == steps/3 {
					if got := c.Between(0, (i+1)*step); math.Abs(got-sum) > 0.01*math.Sqrt(sum) {
						t.Errorf("%g hits by %v, the rate adds up to %g", got, (i+1)*step, sum)
					}
				}
			}
			if got := c.Between(0, p.For); math.Abs(got-sum) > 0.01*math.Sqrt(sum) || p.Hits() != uint64(math.Round(sum)) {
				t.Errorf("%g hits, %d whole, the rate adds up to %g", got, p.Hits(), sum)
			}
			if a, b := c.Between(0, p.For/3), c.Between(p.For/3, p.For); math.Abs(a+b-c.Between(0, p.For)) > 1e-6 {
				t.Errorf("the parts have %g and %g hits, the whole %g", a, b, c.Between(0, p.For))
			}
		})
	}
}

// TestCourseDueIsItsInverse: Due inverts Between, to the nearest nanosecond.
func TestCourseDueIsItsInverse(t *testing.T) {
	for _, p := range courses {
		t.Run(p.String(), func(t *testing.T) {
			c := p.Shape()
			last := time.Duration(-1)
			for k := range p.Hits() {
				at := c.Due(float64(k))
				if at < last || at > p.For {
					t.Fatalf("hit %d is due at %v, the one before at %v, of %v", k, at, last, p.For)
				}
				// k lies within a nanosecond on either side. Near a rate of 0 the
				// counts differ by less than the precision of float64.
				low, high := c.Between(0, at-1), c.Between(0, at+1)
				if x := float64(k); low > x+1e-9 || high < x-1e-9 {
					t.Fatalf("hit %d is due at %v, by which there are %.12g to %.12g", k, at, low, high)
				}
				last = at
			}
			if first := c.Due(0); first != 0 {
				t.Errorf("the first hit is due at %v", first)
			}
		})
	}
}

func TestReplay(t *testing.T) {
	trace, err := load.ReadTrace(strings.NewReader("3\n0.5,b\n1.5,a\n1.5\n"))
	if err != nil {
		t.Fatal(err)
	}
	p := load.Phase{Trace: "t.csv", Recorded: trace, Speed: 2, For: 2 * time.Second}
	c := p.Shape()
	for k, want := range []time.Duration{250 * time.Millisecond, 750 * time.Millisecond, 750 * time.Millisecond, 1500 * time.Millisecond} {
		if got := c.Due(float64(k)); got != want {
			t.Errorf("hit %d is due at %v, want %v", k, got, want)
		}
	}
	if got := c.Between(300*time.Millisecond, time.Second); got != 2 || p.Hits() != 4 {
		t.Errorf("%g hits in the middle, %d in all; want 2 and 4", got, p.Hits())
	}
	p.For = 1500 * time.Millisecond // the last hit is due exactly then, and belongs to the next phase
	if p.Hits() != 3 {
		t.Errorf("%d hits of the cut-off trace, want 3", p.Hits())
	}
}

func FuzzReadPlainTrace(f *testing.F) {
	f.Add("offset_seconds,target\n0.5,a\n# x\n\n1e3\n")
	f.Add("-1\n")
	f.Add("NaN\n")
	f.Fuzz(func(t *testing.T, text string) {
		trace, err := load.ReadTrace(strings.NewReader(text))
		if err != nil {
			return
		}
		var b strings.Builder
		if err := trace.Write(&b); err != nil {
			t.Fatal(err)
		}
		again, err := load.ReadTrace(strings.NewReader(b.String()))
		if err != nil || len(again) != len(trace) {
			t.Fatalf("%d arrivals came back as %d, error %v", len(trace), len(again), err)
		}
		for i := range trace {
			if again[i] != trace[i] {
				t.Errorf("arrival %d is %v, was %v", i, again[i], trace[i])
			}
		}
	})
}
