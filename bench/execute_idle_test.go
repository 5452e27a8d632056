package bench_test

import (
	"context"
	"errors"
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
			enough := errors.New("one idle phase is enough")
			rig.Load = func(context.Context, string, bench.Attack, func(bench.Hit) error) (bench.LoadReport, error) {
				return bench.LoadReport{}, enough
			}
			if err := bench.Execute(t.Context(), create(t), rig); !errors.Is(err, enough) {
				t.Fatal(err)
			}
			if pauses != tt.pauses {
				t.Errorf("%d pauses, want %d", pauses, tt.pauses)
			}
		})
	}
}
