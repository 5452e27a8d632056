package backend

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// sampleInterval is the time between two samples of a feed.
const sampleInterval = 200 * time.Millisecond

// fed is a feed of samples at 5 a second, as a sampler prints them: those that how
// makes of a whole one, by their number. It ends where how says so.
func fed(t *testing.T, how func(i int, s *metric.Sample) (goOn bool)) *Feed {
	t.Helper()
	out, in := io.Pipe()
	f := NewFeed(out, "", func(context.Context) error { return in.Close() })
	done := make(chan struct{})
	go func() {
		defer close(done)
		e := json.NewEncoder(in)
		for i := 0; ; i++ {
			u := uint64(1)
			s := metric.Sample{Cgroup: &metric.Cgroup{Kernel: &u, Reclaimable: &u}, Processes: []metric.Process{{PID: 1, PSS: &u}}}
			if !how(i, &s) {
				in.Close()
				return
			}
			if e.Encode(s) != nil {
				return
			}
			time.Sleep(sampleInterval)
		}
	}()
	t.Cleanup(func() { in.Close(); <-done })
	return f
}

// TestFeedAwaitsMemory: a sampler that can't read the memory is an error
// before the load, with the sampler's reason, and soon.
func TestFeedAwaitsMemory(t *testing.T) {
	always := func(how func(s *metric.Sample)) func(int, *metric.Sample) bool {
		return func(_ int, s *metric.Sample) bool { how(s); return true }
	}
	whole := always(func(*metric.Sample) {})
	noPSS := func(s *metric.Sample) { s.Cgroup, s.Processes, s.Missing = nil, nil, []string{"pss: denied"} }
	tests := []struct {
		name      string
		contained bool
		how       func(i int, s *metric.Sample) bool
		says      string // empty: no error
		after     time.Duration
	}{
		{"whole", true, whole, "", 0},
		{"cgroup v1", true, always(func(s *metric.Sample) { s.Cgroup.Reclaimable = nil }), "", 0},
		{"whole on a host", false, always(func(s *metric.Sample) { s.Cgroup = nil }), "", 0},
		{"a container without PSS", true, always(func(s *metric.Sample) { s.Processes = nil }), "", 0},
		{"a process ended in the first", false, func(i int, s *metric.Sample) bool {
			if i < 3 {
				noPSS(s)
			}
			return true
		}, "", 600 * time.Millisecond},
		{"no kernel memory", true, always(func(s *metric.Sample) { s.Cgroup.Kernel = nil }), "boot it without cgroup.memory=nokmem", wholePatience},
		{"PSS does not stand in for a cgroup", true, always(func(s *metric.Sample) { s.Cgroup, s.Missing = nil, []string{"cgroup: root"} }), "cgroup: root", wholePatience},
		{"no PSS", false, always(noPSS), "pss: denied", wholePatience},
		{"it ends", true, func(int, *metric.Sample) bool { return false }, "the sampler ended before it was asked to", 0},
		{"silence", true, always(func(*metric.Sample) { time.Sleep(time.Hour) }), "no sample in 30s", firstPatience},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, began := fed(t, tt.how), time.Now()
				err := f.AwaitMemory(t.Context(), tt.contained)
				if (err == nil) != (tt.says == "") || err != nil && (!strings.Contains(err.Error(), tt.says) || !errors.As(err, new(metric.Unmeasurable))) {
					t.Errorf("got %v, want %q", err, tt.says)
				}
				// A sample may come before the clock is looked at, or just after.
				if took := time.Since(began); took < tt.after || took > tt.after+sampleInterval {
					t.Errorf("it took %v, want %v, or an interval between samples more", took, tt.after)
				}
			})
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := fed(t, always(noPSS)).AwaitMemory(ctx, false); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestFeedEnds(t *testing.T) {
	for _, text := range []string{"", `{"at": "2026-01-01T00:00:00Z"}`, `{"at": "2026-01-01T00:00:00Z"} {"at": `, "no JSON"} {
		f := NewFeed(io.NopCloser(strings.NewReader(text)), os.DevNull, nil)
		if err := f.Sample(t.Context(), func(metric.Sample) error { return nil }); err == nil || !strings.Contains(err.Error(), "the sampler ended before it was asked to") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The first sample says what the cgroup is held to.
func TestFeedIsHeldTo(t *testing.T) {
	asked := &scenario.Limits{CPUs: 2, CPUSet: "0-1", Memory: 1 << 30}
	for _, tt := range []struct {
		name string
		got  *metric.CgroupLimits
		ok   bool
	}{
		{"as asked", &metric.CgroupLimits{CPUs: 2, Memory: 1 << 30}, true},
		{"none", &metric.CgroupLimits{}, false},
		{"no memory", &metric.CgroupLimits{CPUs: 2}, false},
		{"unknown", nil, true},
	} {
		f := &Feed{}
		for _, limits := range []*metric.CgroupLimits{tt.got, nil} { // the later samples say nothing
			if err := f.deliver(metric.Sample{Cgroup: &metric.Cgroup{Limits: limits}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.HeldTo(asked); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
