package backend

import (
	"fmt"
	"math"
	"strings"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// Held are the limits that a program runs with; 0 and empty: none.
type Held struct {
	CPUs   float64
	CPUSet string
	Memory int64 // bytes
}

// Check returns an error that lists the limits which differ from the asked ones. The
// kernel rounds memory down to whole pages, and a CPU quota to whole microseconds in each
// period of 100 ms; such differences pass.
func (got Held) Check(asked scenario.Limits) error {
	const page = 64 << 10 // the largest that Linux has by default
	var wrong []string
	if want := float64(asked.CPUs); math.Abs(got.CPUs-want) > want/100 {
		wrong = append(wrong, fmt.Sprintf("cpus is %g, asked for was %g", got.CPUs, want))
	}
	if got.CPUSet != asked.CPUSet {
		wrong = append(wrong, fmt.Sprintf("cpuset is %q, asked for was %q", got.CPUSet, asked.CPUSet))
	}
	if want := int64(asked.Memory); want > 0 && (got.Memory > want || got.Memory <= want-page) {
		wrong = append(wrong, fmt.Sprintf("memory is %d bytes, asked for were %d", got.Memory, want))
	}
	if len(wrong) > 0 {
		return fmt.Errorf("limits are not applied as asked for: %s: see the warnings of docker info", strings.Join(wrong, "; "))
	}
	return nil
}

// TooManyCPUs is the error of limits.cpus that the processors can't give.
func TooManyCPUs(want metric.CPUs, have int) error {
	return fmt.Errorf("limits.cpus is %s, and there are %d processors to run on", want, have)
}
