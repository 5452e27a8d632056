package chart

import (
	"fmt"
	"time"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// split is where a variant's memory is, in bytes.
type split struct {
	processes []float64 // PSS by seat, see seats
	kernel    float64   // of the headline, what is beyond them: kernel memory and huge pages of hugetlbfs
	deep      float64   // share of the time in which some process is not the root's own child
}

// prefork says whether the processes are a master and its workers. A helper that
// one of them runs for a moment makes no difference.
func (s split) prefork() bool { return s.deep < 0.1 }

// names are what the root is called, and what the others are.
func (s split) names() (root, other string) {
	if s.prefork() {
		return "master", "worker"
	}
	return "root", "process"
}

func (s split) mapped() (sum float64) {
	for _, p := range s.processes {
		sum += p
	}
	return sum
}

// splitOf is the mean over the variant's trials, each of which is the mean of
// those samples of its window that have PSS. It has no processes where no
// sample has.
func splitOf(a view.Arm, window string) (split, error) {
	var trials splitSum
	for _, t := range a.Trials {
		mean, err := splitTrial(t, window)
		if err != nil {
			return split{}, fmt.Errorf("%s: %w", t.Label(), err)
		}
		if len(mean.processes) > 0 {
			trials.add(mean, 1)
		}
	}
	return trials.mean(), nil
}

func splitTrial(t *record.Trial, window string) (split, error) {
	span, _ := t.Phase(window)
	var clock splitClock
	var places seats
	err := t.Samples(func(s metric.Sample) error {
		if !span.Holds(s.At) {
			return nil
		}
		if one, ok := splitSample(s, &places); ok {
			clock.see(s.At, one)
		}
		return nil
	})
	return clock.mean(), err
}

// splitClock weighs each split with the time it stands for, by the trapezoid rule,
// as the mean of PSS in the table does: with every process that goes PSS costs
// less, and is read more often.
type splitClock struct {
	sum  splitSum
	last split
	at   time.Time // of the last; zero before it
}

func (c *splitClock) see(at time.Time, one split) {
	if !c.at.IsZero() {
		half := at.Sub(c.at).Seconds() / 2
		c.sum.add(c.last, half)
		c.sum.add(one, half)
	}
	c.last, c.at = one, at
}

func (c *splitClock) mean() split {
	if c.sum.weight == 0 {
		return c.last
	}
	return c.sum.mean()
}

func splitSample(s metric.Sample, places *seats) (one split, ok bool) {
	if _, ok := s.PSS(); !ok {
		return split{}, false
	}
	at := places.take(s.Processes)
	one.processes = make([]float64, len(*places))
	for i, p := range s.Processes {
		one.processes[at[i]] = float64(*p.PSS)
		if i > 0 && p.PPID != s.Processes[0].PID {
			one.deep = 1
		}
	}
	return one, true
}

// splitSum adds up splits that may differ in their number of processes: one
// that is not there adds nothing, so that the parts still add up to the whole.
type splitSum struct {
	split
	weight float64
}

func (s *splitSum) add(one split, weight float64) {
	for i, p := range one.processes {
		if i == len(s.processes) {
			s.processes = append(s.processes, 0)
		}
		s.processes[i] += weight * p
	}
	s.deep += weight * one.deep
	s.weight += weight
}

func (s *splitSum) mean() (out split) {
	if s.weight == 0 {
		return split{}
	}
	for _, p := range s.processes {
		out.processes = append(out.processes, p/s.weight)
	}
	out.deep = s.deep / s.weight
	return out
}
