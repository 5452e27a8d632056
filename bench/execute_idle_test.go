package bench_test

import (
	"context"
	"testing"
	"time"

	"github.com/memproof/memproof/bench"
)

// TestIdlePhaseHoldsMemory: on a host a reading of PSS may come seconds after the
// last. The idle phase waits for it, and no longer than it may.
func TestIdlePhaseHoldsMemory(t *testing.T) {
	for _, tt := range []struct {
		name   string
		after  int // pauses until the second reading is there; 0: never
		pauses int
	}{
		{"at once", 1, 1}, {"later", 7, 7}, {"never", 0, 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFakeRig()
			deliver := make(chan struct{}, 2)
			handed := make(chan struct{}, 2)
			f.spoil = func(p bench.TrialPlan, s *bench.Subject) {
				rest := s.Sample
				s.Sample = func(ctx context.Context, sink func(bench.Sample) error) error {
					for {
						select {
						case <-deliver:
							kernel := uint64(0)
							if err := sink(bench.Sample{At: f.now, Cgroup: &bench.Cgroup{Version: 2, Anon: 1e6, Kernel: &kernel}}); err != nil {
								return err
							}
							handed <- struct{}{}
						case <-ctx.Done():
							return rest(ctx, sink)
						}
					}
				}
			}
			rig := f.rig()
			rig.Settle = time.Second
			pauses := 0
			sleep := rig.Sleep
			rig.Sleep = func(ctx context.Context, d time.Duration) error {
				if d == 50*time.Millisecond {
					if pauses++; pauses == tt.after {
						deliver <- struct{}{}
						deliver <- struct{}{}
						<-handed
						<-handed
					}
				}
				return sleep(ctx, d)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			load := rig.Load
			rig.Load = func(c context.Context, url string, a bench.Attack, sink func(bench.Hit) error) (bench.LoadReport, error) {
				cancel() // one idle phase is enough
				return load(c, url, a, sink)
			}
			run := create(t)
			_ = bench.Execute(ctx, run, rig) // it was interrupted
			if pauses != tt.pauses {
				t.Errorf("%d pauses, want %d", pauses, tt.pauses)
			}
		})
	}
}
