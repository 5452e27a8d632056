package chart

import (
	"fmt"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// split is a variant's memory by process, in bytes.
type split struct {
	processes []float64 // PSS by slot, see slots
	kernel    float64   // the part of memory beyond PSS: kernel memory and huge pages of hugetlbfs
	nested    float64   // share of the time in which some process is not the root's own child
}

// prefork reports whether the processes are a master and its workers. A helper that
// one of them runs for a moment makes no difference.
func (s split) prefork() bool { return s.nested < 0.1 }

func (s split) pss() (sum float64) {
	for _, p := range s.processes {
		sum += p
	}
	return sum
}

// splitOf returns the mean over the variant's trials, each of which is the mean over
// the samples of its window that have PSS. It has no processes if no sample has.
func splitOf(a view.Arm, window string) (split, error) {
	var trials []split
	var weights []float64
	for _, t := range a.Trials {
		mean, err := splitTrial(t, window)
		if err != nil {
			return split{}, fmt.Errorf("%s: %w", t.Label(), err)
		}
		if len(mean.processes) > 0 {
			trials, weights = append(trials, mean), append(weights, 1)
		}
	}
	return meanSplit(trials, weights), nil
}

func splitTrial(t *record.Trial, window string) (split, error) {
	span, _ := t.Phase(window)
	var splits []split
	var at []time.Time
	var places slots
	err := t.Samples(func(s metric.Sample) error {
		if !span.Holds(s.At) {
			return nil
		}
		if one, ok := splitSample(s, &places); ok {
			splits, at = append(splits, one), append(at, s.At)
		}
		return nil
	})
	return meanSplit(splits, trapezoidWeights(at)), err
}

// trapezoidWeights weighs each instant with the time that it stands for, as the mean of
// PSS in the table does: PSS is read more often the fewer processes there are.
func trapezoidWeights(at []time.Time) []float64 {
	weights := make([]float64, len(at))
	for i := 1; i < len(at); i++ {
		half := at[i].Sub(at[i-1]).Seconds() / 2
		weights[i-1] += half
		weights[i] += half
	}
	return weights
}

// meanSplit returns the weighted mean; the last split if all weights are 0. A process
// that a split lacks counts as 0 there, so that the parts still add up to the whole.
func meanSplit(splits []split, weights []float64) (mean split) {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	if total == 0 && len(splits) > 0 {
		return splits[len(splits)-1]
	}
	for n, s := range splits {
		share := weights[n] / total
		for i, p := range s.processes {
			if i == len(mean.processes) {
				mean.processes = append(mean.processes, 0)
			}
			mean.processes[i] += share * p
		}
		mean.nested += share * s.nested
	}
	return mean
}

func splitSample(s metric.Sample, places *slots) (one split, ok bool) {
	if _, ok := s.PSS(); !ok {
		return split{}, false
	}
	at := places.take(s.Processes)
	one.processes = make([]float64, len(*places))
	for i, p := range s.Processes {
		one.processes[at[i]] = float64(*p.PSS)
		if i > 0 && p.PPID != s.Processes[0].PID {
			one.nested = 1
		}
	}
	return one, true
}

// slots maps processes to segments of a bar, the root first. A process keeps its slot;
// a new process takes the first free one, so a recycled worker's replacement inherits
// its segment.
type slots []metric.ProcessID

// take returns the slot of each process.
func (s *slots) take(now []metric.Process) (at []int) {
	for i, id := range *s {
		if !slices.ContainsFunc(now, func(p metric.Process) bool { return p.ID() == id }) {
			(*s)[i] = metric.ProcessID{}
		}
	}
	for _, p := range now {
		i := slices.Index(*s, p.ID())
		if i < 0 {
			i = slices.Index(*s, metric.ProcessID{})
		}
		if i < 0 {
			i, *s = len(*s), append(*s, metric.ProcessID{})
		}
		(*s)[i] = p.ID()
		at = append(at, i)
	}
	return at
}
