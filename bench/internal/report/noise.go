package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// noiseFacts tell what was allowed to the rest of the machine and how quiet it
// was; none of a run whose machine nobody looked at.
func noiseFacts(run *record.Run) []fact {
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
	return []fact{
		{"noise allowed", allowedLine(run.Scenario.Noise)},
		{"noise before the trials", fmt.Sprintf("%s, %d rejected%s", plural(looks, "look"), rejected, worst.line())},
	}
}

func allowedLine(l scenario.NoiseLimits) string {
	return fmt.Sprintf("before a trial foreign CPU %s, waiting for a processor %s of the time, 1 ms of sleep too long by %v at p99, waited for up to %v; in the window foreign CPU %s",
		l.ForeignCPU, metric.ShowShare(float64(l.Pressure)), l.Overshoot, l.Patience, l.ForeignCPUDuring)
}

// worstNoise is the highest of each reading over the looks that passed.
type worstNoise struct{ cpu, pressure, overshoot *float64 }

func (w *worstNoise) see(n metric.Noise) {
	for _, x := range []struct {
		to  **float64
		got *float64
	}{{&w.cpu, n.ForeignCPU}, {&w.pressure, n.PressureCPU}, {&w.overshoot, n.Overshoot}} {
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

// newer are figures that runs from before they existed have neither a value
// nor a reason for.
var newer = []tabledFigure{
	{metric.ErrorsReset, "of these, requests whose used connection ended before an answer began"},
	{metric.WorkerUSS, "memory of one worker that no other process has (USS)"},
	{metric.WorkerPSS, "memory of one worker with its share of what others have too (PSS)"},
	{metric.Processes, "processes, the root included"},
	{metric.SustainedRate, "highest rate that was sustained, requests a second"},
	{metric.UpstreamOpen, "connections to the upstream, open at once"},
	{metric.PostgresBackends, "connections to Postgres, open at once"},
	{metric.PostgresMemory, "memory of Postgres, the whole server"},
	{metric.UsagePeak, "highest usage of the container, page cache included"},
	{metric.PSSResidual, "sum of PSS less the container's account, anonymous memory"},
	{metric.PSSResidualFile, "the same of mapped files and shared memory, which judges nothing"},
	{metric.SendLagP99, "how late the generator sent, p99"},
	{metric.GeneratorCPU, "CPU of the load generator, of a core"},
	{metric.Throttled, "held back by its CPU quota, in each second"},
	{metric.ForeignCPU, "CPU of programs without a part in the trial, of a core"},
	{metric.Interrupts, "CPU that the kernel spent on interrupts, of a core"},
	{metric.Steal, "CPU that the hypervisor kept, of a core"},
	{metric.CPUPressure, "share of the time in which some task waited for a processor"},
}

// inSome are figures that matter where some trial has more than 0 of them.
var inSome = []tabledFigure{
	{metric.MemoryReclaimable, "caches of files that the kernel drops at need (reclaimable slab), not in memory above"},
	{metric.MemoryHugetlb, "huge pages of hugetlbfs, in memory above"},
}

// newerFigures are those that a trial of the run mentions, and what the variants
// tell of themselves.
func newerFigures(v *verdict.Verdict) []tabledFigure {
	known := slices.DeleteFunc(slices.Clone(newer), func(f tabledFigure) bool { return !mentioned(v, f.metric) })
	some := slices.DeleteFunc(slices.Clone(inSome), func(f tabledFigure) bool { return !someHold(v, f.metric) })
	return slices.Concat(some, known, toldFigures(v))
}

// mastersOf says whose children the workers of a variant are, where that is not
// the root process.
func mastersOf(m material) (lines []string) {
	for _, a := range m.arms {
		seen := map[string]bool{}
		for _, t := range m.verdict.Trials {
			if t.Variant == a.name && t.Master != "" && !seen[t.Master] {
				seen[t.Master] = true
				lines = append(lines, fmt.Sprintf("A worker of %s is a child of %s.", a.name, t.Master))
			}
		}
	}
	return lines
}

// someHold says that some trial has more than 0 of it.
func someHold(v *verdict.Verdict, m metric.Name) bool {
	return slices.ContainsFunc(v.Trials, func(t measure.Measured) bool { return t.Figures[m] > 0 })
}

// toldFigures are the numbers that the service tells, the lines of its log that the
// scenario counts, and the memory of its companions, by name.
func toldFigures(v *verdict.Verdict) (all []tabledFigure) {
	seen := map[metric.Name]string{}
	for _, t := range v.Trials {
		for m := range t.Figures {
			if name, ok := strings.CutPrefix(string(m), "service."); ok {
				seen[m] = name + ", as the service tells"
			} else if name, ok := strings.CutPrefix(string(m), "log."); ok {
				seen[m] = name + ", lines of its log"
			} else if name, ok := strings.CutPrefix(string(m), "beside."); ok {
				seen[m] = "memory of " + strings.TrimSuffix(name, ".memory") + ", beside it"
			}
		}
	}
	for _, m := range slices.Sorted(maps.Keys(seen)) {
		all = append(all, tabledFigure{m, escaped(seen[m])})
	}
	return all
}

func mentioned(v *verdict.Verdict, m metric.Name) bool {
	return slices.ContainsFunc(v.Trials, func(t measure.Measured) bool {
		_, has := t.Figures[m]
		return has || t.Absent[m] != ""
	})
}
