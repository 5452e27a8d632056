package experiment_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// TestIdlePhaseHoldsMemory: on a host, readings of PSS may be seconds apart. The idle
// phase waits for a reading, up to its limit.
func TestIdlePhaseHoldsMemory(t *testing.T) {
	for _, tt := range []struct {
		name   string
		after  int // pauses until the second reading; 0: it never comes
		pauses int
	}{
		{"at once", 1, 1}, {"later", 7, 7}, {"never", 0, 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := fakerig.New()
			deliver := make(chan struct{}, 2)
			handed := make(chan struct{}, 2)
			f.Spoil = func(p experiment.TrialPlan, s *experiment.Subject) {
				rest := s.Sample
				s.Sample = func(ctx context.Context, sink func(metric.Sample) error) error {
					for {
						select {
						case <-deliver:
							kernel := uint64(0)
							if err := sink(metric.Sample{At: f.Now, Cgroup: &metric.Cgroup{Version: 2, Anon: 1e6, Kernel: &kernel}}); err != nil {
								return err
							}
							handed <- struct{}{}
						case <-ctx.Done():
							return rest(ctx, sink)
						}
					}
				}
			}
			rig := f.Rig()
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
			rig.Load = func(context.Context, string, scenario.Attack, func(metric.Hit) error) (record.LoadReport, error) {
				return record.LoadReport{}, enough
			}
			run := fakerig.Create(t)
			if err := experiment.Conduct(t.Context(), design.Of(run), run, rig); !errors.Is(err, enough) {
				t.Fatal(err)
			}
			if pauses != tt.pauses {
				t.Errorf("%d pauses, want %d", pauses, tt.pauses)
			}
		})
	}
}
