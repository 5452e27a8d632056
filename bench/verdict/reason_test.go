package verdict_test

import (
	"encoding/json"
	"testing"

	"github.com/memproof/memproof/bench/metric"
)

func TestReasonSpoils(t *testing.T) {
	tests := []struct {
		spoils []metric.Pattern
		metric metric.Name
		want   bool
	}{
		{nil, metric.MemoryMean, true},
		{nil, "service.anything", true},
		{[]metric.Pattern{"latency.*"}, "latency.p99.9", true},
		{[]metric.Pattern{"latency.*"}, metric.MemoryMean, false},
		{[]metric.Pattern{"latency.*"}, "service.latency.p50", false},
		{[]metric.Pattern{"service.*_seconds"}, "service.boot_seconds", true},
		{[]metric.Pattern{"service.*_seconds"}, "service.boot_bytes", false},
		{[]metric.Pattern{"sidecar.*.memory"}, "sidecar.cache.memory", true},
		{[]metric.Pattern{"memory.idle"}, metric.MemoryMean, false},
	}
	for _, tt := range tests {
		if got := (metric.Reason{Metrics: tt.spoils}).Spoils(tt.metric); got != tt.want {
			t.Errorf("%q spoils %s: %t, want %t", tt.spoils, tt.metric, got, tt.want)
		}
	}
}

// TestReasonReadsWhatEarlierVersionsWrote: they wrote a sentence without a code.
func TestReasonReadsWhatEarlierVersionsWrote(t *testing.T) {
	var got []metric.Reason
	if err := json.Unmarshal([]byte(`["the sampler stopped", {"code": "swapped", "metrics": ["memory.*"], "text": "x"}]`), &got); err != nil {
		t.Fatal(err)
	}
	if got[0].Code != metric.Unclassified || got[0].Text != "the sampler stopped" || !got[0].SpoilsAll() || got[1].Code != metric.Swapped || got[1].SpoilsAll() {
		t.Errorf("read %+v", got)
	}
}
