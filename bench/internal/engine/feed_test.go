package engine

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench"
)

// fed is a feed of those samples, as a sampler prints them; after the last it
// ends, or says nothing more.
func fed(t *testing.T, ends bool, samples ...bench.Sample) *feed {
	t.Helper()
	out, in := io.Pipe()
	f := newFeed(out, "", func(context.Context) error { return in.Close() })
	go func() {
		e := json.NewEncoder(in)
		for {
			for _, s := range samples {
				if e.Encode(s) != nil {
					return
				}
			}
			if ends {
				in.Close()
				return
			}
		}
	}()
	t.Cleanup(func() { in.Close() })
	return f
}

// TestFeedAwaitsMemory: a sampler that can't read the headline is known for it
// before the load, in its own words.
func TestFeedAwaitsMemory(t *testing.T) {
	u := uint64(1)
	whole := bench.Sample{Cgroup: &bench.Cgroup{Kernel: &u}, Processes: []bench.Process{{PID: 1, PSS: &u}}}
	kernelless := bench.Sample{Cgroup: &bench.Cgroup{}, Processes: whole.Processes, Missing: []string{"cgroup: no kernel memory"}}
	noGroup := bench.Sample{Processes: whole.Processes, Missing: []string{"cgroup: it is the root cgroup"}}
	noPSS := bench.Sample{Missing: []string{"processes: pid 7 vanished while being read"}}
	tests := []struct {
		name    string
		basis   string
		samples []bench.Sample
		ends    bool
		says    string // empty: no error
	}{
		{"whole", bench.BasisCharged, []bench.Sample{whole}, false, ""},
		{"whole on a host", bench.BasisPSS, []bench.Sample{whole}, false, ""},
		{"a process ended in the first", bench.BasisPSS, []bench.Sample{noPSS, whole}, false, ""},
		{"no kernel memory", bench.BasisCharged, []bench.Sample{kernelless}, false, "no kernel memory"},
		{"PSS does not stand in for a cgroup", bench.BasisCharged, []bench.Sample{noGroup}, false, "it is the root cgroup"},
		{"no PSS", bench.BasisPSS, []bench.Sample{noPSS}, false, "pid 7 vanished"},
		{"nothing", bench.BasisPSS, nil, true, "the sampler ended before it was asked to"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			patience := time.Minute
			if tt.says != "" && !tt.ends {
				patience = 2 * time.Second
			}
			err := fed(t, tt.ends, tt.samples...).awaitMemory(t.Context(), tt.basis, patience)
			if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := fed(t, false, noPSS).awaitMemory(ctx, bench.BasisPSS, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
