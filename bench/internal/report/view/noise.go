package view

import (
	"fmt"
	"strings"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// noiseReadings are the readings of a machine that the facts show.
var noiseReadings = []struct {
	format string
	of     func(metric.Noise) *float64
	show   func(float64) string
}{
	{"other CPU %s", func(n metric.Noise) *float64 { return n.OtherCPU }, cores},
	{"CPU pressure %s of the time", func(n metric.Noise) *float64 { return n.PressureCPU }, metric.ShowShare},
	{"wake-up latency %s", func(n metric.Noise) *float64 { return n.WakeupLatency }, seconds},
}

func cores(x float64) string { return metric.Cores(x).String() }

// noiseFacts state how much noise of the rest of the machine was allowed, and how quiet
// it was. A run without readings has no facts.
func noiseFacts(run *record.Run) []Fact {
	limits := run.Scenario.Noise
	readings, rejected := 0, 0
	var passed []metric.Noise // the reading that let a trial start
	for _, t := range run.Trials {
		if t.Noise == nil || len(t.Noise.Before) == 0 {
			continue
		}
		readings, rejected = readings+len(t.Noise.Before), rejected+t.Noise.Rejected
		if last := t.Noise.Before[len(t.Noise.Before)-1]; len(limits.Refuses(last)) == 0 {
			passed = append(passed, last)
		}
	}
	if readings == 0 {
		return nil
	}
	quiet := fmt.Sprintf("%s, %d rejected", Plural(readings, "reading"), rejected)
	if worst := worstNoise(passed); len(worst) > 0 {
		quiet += "; at most when a trial started: " + strings.Join(worst, ", ")
	}
	allowed := fmt.Sprintf(
		"before a trial: other CPU %s, CPU pressure %s of the time, wake-up latency p99 %v, wait up to %v; in the window: other CPU %s",
		limits.OtherCPU, metric.ShowShare(float64(limits.CPUPSI)), limits.WakeupLatency, limits.MaxWait, limits.OtherCPUDuring)
	return []Fact{{"noise allowed", allowed}, {"noise before the trials", quiet}}
}

// worstNoise shows the highest value of each reading, without those that no machine had.
func worstNoise(passed []metric.Noise) (parts []string) {
	for _, r := range noiseReadings {
		var worst *float64
		for _, n := range passed {
			if x := r.of(n); x != nil && (worst == nil || *x > *worst) {
				worst = x
			}
		}
		if worst != nil {
			parts = append(parts, fmt.Sprintf(r.format, r.show(*worst)))
		}
	}
	return parts
}
