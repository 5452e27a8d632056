package bench_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/memproof/memproof/bench"
)

// has says whether one of the reasons is of that code.
func has(reasons []bench.Reason, code bench.Code) bool {
	return slices.ContainsFunc(reasons, func(r bench.Reason) bool { return r.Code == code })
}

// codes are those of the reasons, in their order.
func codes(reasons []bench.Reason) (all []bench.Code) {
	for _, r := range reasons {
		all = append(all, r.Code)
	}
	return all
}

func TestReasonSpoils(t *testing.T) {
	tests := []struct {
		spoils []bench.Pattern
		metric bench.Metric
		want   bool
	}{
		{nil, bench.MemoryMean, true},
		{nil, "service.anything", true},
		{[]bench.Pattern{"latency.*"}, "latency.p99.9", true},
		{[]bench.Pattern{"latency.*"}, bench.MemoryMean, false},
		{[]bench.Pattern{"latency.*"}, "service.latency.p50", false},
		{[]bench.Pattern{"service.*_seconds"}, "service.boot_seconds", true},
		{[]bench.Pattern{"service.*_seconds"}, "service.boot_bytes", false},
		{[]bench.Pattern{"beside.*.memory"}, "beside.cache.memory", true},
		{[]bench.Pattern{"memory.idle"}, bench.MemoryMean, false},
	}
	for _, tt := range tests {
		if got := (bench.Reason{Metrics: tt.spoils}).Spoils(tt.metric); got != tt.want {
			t.Errorf("%q spoils %s: %t, want %t", tt.spoils, tt.metric, got, tt.want)
		}
	}
}

// TestReasonReadsWhatEarlierVersionsWrote: a sentence without a code.
func TestReasonReadsWhatEarlierVersionsWrote(t *testing.T) {
	var got []bench.Reason
	if err := json.Unmarshal([]byte(`["the sampler stopped", {"code": "swapped", "metrics": ["memory.*"], "text": "x"}]`), &got); err != nil {
		t.Fatal(err)
	}
	if got[0].Code != bench.Unclassified || got[0].Text != "the sampler stopped" || !got[0].SpoilsAll() || got[1].Code != bench.Swapped || got[1].SpoilsAll() {
		t.Errorf("read %+v", got)
	}
}
