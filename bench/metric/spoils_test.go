package metric_test

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/metric"
)

// TestReasonsSpoilKinds: a reason that concerns a kind of figures spoils each figure of
// that kind, whatever its name, and no other.
func TestReasonsSpoilKinds(t *testing.T) {
	t.Parallel()
	for _, d := range metric.Definitions() {
		member := metric.Name(strings.Replace(string(d.Name), "*", "99/a", 1))
		if strings.HasPrefix(string(d.Name), metric.LatencyPrefix) {
			member = metric.Name(strings.Replace(string(d.Name), "*", "99.9", 1))
		}
		for spoils, want := range map[*[]metric.Pattern]bool{
			&metric.TimeMetrics:   d.Group == metric.GroupTime,
			&metric.MemoryMetrics: d.Group == metric.GroupMemory,
			&metric.SampleMetrics: d.Group != metric.GroupCheck && d.Needs.Include(metric.FromSamples),
		} {
			if got := (metric.Reason{Metrics: *spoils}).Spoils(member); got != want {
				t.Errorf("%s is spoiled by %q: %t", member, *spoils, got)
			}
		}
	}
}

// TestReasonsOfEarlierRunsKeepTheirScope: the order in which a file lists what a reason
// spoils is not the table's.
func TestReasonsOfEarlierRunsKeepTheirScope(t *testing.T) {
	t.Parallel()
	earlier := []metric.Pattern{"latency.*", "service.*_seconds", "cpu_per_request", "send_lag.p99", "generator.cpu", "rate.sustained", "throttled"}
	if got, want := (metric.Reason{Metrics: earlier}).Scope(), (metric.Reason{Metrics: metric.TimeMetrics}).Scope(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if one, all := (metric.Reason{Metrics: earlier[:1]}).Scope(), (metric.Reason{Metrics: earlier}).Scope(); one == all {
		t.Errorf("%q is said of a part", one)
	}
}
