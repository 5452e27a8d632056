package report

import (
	"fmt"

	"github.com/memproof/memproof/bench"
)

// split is where a variant's memory is, in bytes.
type split struct {
	processes []float64 // PSS by seat, see seats
	kernel    float64   // what the container is charged beyond them; 0 where nothing is known of it
	deep      float64   // share of the samples in which some process is not the root's own child
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
func splitOf(a arm, window string) (split, error) {
	var trials splitSum
	for _, t := range a.trials {
		samples, err := splitTrial(t, window)
		if err != nil {
			return split{}, fmt.Errorf("%s: %w", t.Label(), err)
		}
		if samples.n > 0 {
			trials.add(samples.mean())
		}
	}
	mean := trials.mean()
	mean.kernel = max(0, mean.kernel) // PSS holds mapped files, which are not charged
	return mean, nil
}

func splitTrial(t *bench.Trial, window string) (splitSum, error) {
	span, _ := t.Phase(window)
	var sum splitSum
	var places seats
	err := t.Samples(func(s bench.Sample) error {
		if !span.Holds(s.At) {
			return nil
		}
		if one, ok := splitSample(s, &places); ok {
			sum.add(one)
		}
		return nil
	})
	return sum, err
}

func splitSample(s bench.Sample, places *seats) (one split, ok bool) {
	pss, ok := s.PSS()
	if !ok {
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
	if s.Cgroup != nil {
		if charged, ok := s.Cgroup.Charged(); ok {
			one.kernel = float64(charged) - float64(pss)
		}
	}
	return one, true
}

// splitSum adds up splits that may differ in their number of processes: one
// that is not there adds nothing, so that the parts still add up to the whole.
type splitSum struct {
	split
	n int
}

func (s *splitSum) add(one split) {
	for i, p := range one.processes {
		if i == len(s.processes) {
			s.processes = append(s.processes, 0)
		}
		s.processes[i] += p
	}
	s.kernel += one.kernel
	s.deep += one.deep
	s.n++
}

func (s *splitSum) mean() (out split) {
	if s.n == 0 {
		return split{}
	}
	for _, p := range s.processes {
		out.processes = append(out.processes, p/float64(s.n))
	}
	out.kernel, out.deep = s.kernel/float64(s.n), s.deep/float64(s.n)
	return out
}
