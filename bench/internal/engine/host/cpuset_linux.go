package host

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"golang.org/x/sys/unix"
)

// processors are the ones that the limits leave to a program: those of limits.cpuset,
// else the first that this process may use. nil means no limit.
func processors(limits *scenario.Limits) (*unix.CPUSet, error) {
	if limits == nil || (limits.CPUSet == "" && limits.CPUs == 0) {
		return nil, nil
	}
	var ours unix.CPUSet
	if err := unix.SchedGetaffinity(0, &ours); err != nil {
		return nil, fmt.Errorf("sched_getaffinity: %w", err)
	}
	if limits.CPUSet == "" {
		return firstProcessors(&ours, limits.CPUs.Whole())
	}
	list, err := parseCPUSet(limits.CPUSet)
	if err != nil {
		return nil, fmt.Errorf("limits.cpuset: %w", err)
	}
	var set unix.CPUSet
	for _, cpu := range list {
		if !ours.IsSet(cpu) {
			return nil, fmt.Errorf("limits.cpuset: this process may not use processor %d, only %d others", cpu, ours.Count())
		}
		set.Set(cpu)
	}
	return &set, nil
}

func firstProcessors(ours *unix.CPUSet, n int) (*unix.CPUSet, error) {
	if n > ours.Count() {
		return nil, backend.TooManyCPUs(metric.CPUs(n), ours.Count())
	}
	var set unix.CPUSet
	for cpu := 0; set.Count() < n; cpu++ {
		if ours.IsSet(cpu) {
			set.Set(cpu)
		}
	}
	return &set, nil
}

// parseCPUSet reads the kernel's list format, cpuset(7), without strides: "0-2,7". A
// processor is below 1024, the size of a unix.CPUSet.
func parseCPUSet(text string) (list []int, err error) {
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, errFrom := strconv.ParseUint(first, 10, 10)
		to, errTo := strconv.ParseUint(last, 10, 10)
		if errFrom != nil || errTo != nil || from > to {
			return nil, fmt.Errorf("%q is not a list of processors: write 0-1 or 0,2", text)
		}
		for cpu := from; cpu <= to; cpu++ {
			list = append(list, int(cpu))
		}
	}
	return list, nil
}
