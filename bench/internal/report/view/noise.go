package view

import (
	"fmt"
	"strings"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// noiseFacts tell what was allowed to the rest of the machine and how quiet it
// was; none of a run whose machine nobody looked at.
func noiseFacts(run *record.Run) []Fact {
	var looks, rejected int
	var worst worstNoise
	for _, t := range run.Trials {
		if t.Noise == nil {
			continue
		}
		looks, rejected = looks+len(t.Noise.Before), rejected+t.Noise.Rejected
		if n := len(t.Noise.Before); n > 0 && len(run.Scenario.Noise.Refuses(t.Noise.Before[n-1])) == 0 {
			worst.see(t.Noise.Before[n-1])
		}
	}
	if looks == 0 {
		return nil
	}
	return []Fact{
		{"noise allowed", allowedLine(run.Scenario.Noise)},
		{"noise before the trials", fmt.Sprintf("%s, %d rejected%s", Plural(looks, "look"), rejected, worst.line())},
	}
}

func allowedLine(l scenario.NoiseLimits) string {
	return fmt.Sprintf("before a trial foreign CPU %s, waiting for a processor %s of the time, 1 ms of sleep too long by %v at p99, waited for up to %v; in the window foreign CPU %s",
		l.OtherCPU, metric.ShowShare(float64(l.CPUPSI)), l.WakeupLatency, l.MaxWait, l.OtherCPUDuring)
}

// worstNoise is the highest of each reading over the looks that passed.
type worstNoise struct{ cpu, pressure, overshoot *float64 }

func (w *worstNoise) see(n metric.Noise) {
	for _, x := range []struct {
		to  **float64
		got *float64
	}{{&w.cpu, n.OtherCPU}, {&w.pressure, n.PressureCPU}, {&w.overshoot, n.WakeupLatency}} {
		if x.got != nil && (*x.to == nil || *x.got > **x.to) {
			*x.to = x.got
		}
	}
}

// line leaves out what no look could read.
func (w worstNoise) line() string {
	var parts []string
	if w.cpu != nil {
		parts = append(parts, "foreign CPU "+metric.Cores(*w.cpu).String())
	}
	if w.pressure != nil {
		parts = append(parts, "waiting for a processor "+metric.ShowShare(*w.pressure)+" of the time")
	}
	if w.overshoot != nil {
		parts = append(parts, "sleep too long by "+metric.FormatValue(*w.overshoot, metric.UnitSeconds))
	}
	if len(parts) == 0 {
		return ""
	}
	return "; of those before a start at most: " + strings.Join(parts, ", ")
}

// MastersOf says whose children the workers of a variant are, where that is not
// the root process.
func MastersOf(m Material) (lines []string) {
	for _, a := range m.Arms {
		seen := map[string]bool{}
		for _, t := range m.Verdict.Trials {
			if t.Variant == a.Name && t.Master != "" && !seen[t.Master] {
				seen[t.Master] = true
				lines = append(lines, fmt.Sprintf("A worker of %s is a child of %s.", a.Name, t.Master))
			}
		}
	}
	return lines
}
