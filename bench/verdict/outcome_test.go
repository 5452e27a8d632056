package verdict_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// TestExitCodes: pipelines depend on the exit codes.
func TestExitCodes(t *testing.T) {
	for o, want := range map[verdict.Outcome]int{
		verdict.Proven: 0, verdict.NothingClaimed: 0, verdict.Refuted: 1, verdict.Inconclusive: 3, verdict.Invalid: 4, verdict.Failed: 5,
	} {
		if got := o.ExitCode(); got != want {
			t.Errorf("%s exits with %d, want %d", o, got, want)
		}
	}
}

// refusing is a URL at which every request fails.
const refusing = "fake://refusing"

// spoil changes one trial.
type spoil = func(*experiment.Subject)

var (
	died        = func(s *experiment.Subject) { fakerig.Exits(s, record.Exit{Code: 2, Unasked: true, LastLines: "panic"}) }
	daemonAway  = func(s *experiment.Subject) { fakerig.Exits(s, record.Exit{Unasked: true, DaemonAway: true}) }
	sidecar     = func(s *experiment.Subject) { fakerig.Exits(s, record.Exit{Sidecar: "cache ended"}) }
	refuses     = func(s *experiment.Subject) { s.URL = refusing }
	outOfMemory = func(s *experiment.Subject) {
		kills := uint64(1)
		fakerig.SpoilSamples(s, func(_ int, one *metric.Sample) { one.Cgroup.OOMKills = &kills })
	}
	wrongLabel = func(s *experiment.Subject) {
		s.Describe = func(context.Context) (map[string]string, error) { return map[string]string{"workers": "9"}, nil }
	}
)

// TestServiceOrMeasurement spoils the first trial of one arm. A fault of the service is
// FAILED, in any arm; a fault of memproof's own programs is INVALID.
func TestServiceOrMeasurement(t *testing.T) {
	tests := []struct {
		name string
		arm  string
		how  []spoil
		code metric.Code
		want verdict.Outcome
	}{
		{"a variant died", "b", []spoil{died}, metric.EndedUnasked, verdict.Failed},
		{"the A/A control died", scenario.AAArm, []spoil{died}, metric.EndedUnasked, verdict.Failed},
		{"an injected control died", scenario.MemoryArm, []spoil{died}, metric.EndedUnasked, verdict.Failed},
		{"it died, and is mislabelled", "b", []spoil{wrongLabel, died}, metric.EndedUnasked, verdict.Failed},
		{"it is mislabelled", "b", []spoil{wrongLabel}, metric.Mislabelled, verdict.Invalid},
		{"the daemon went away", "b", []spoil{daemonAway}, metric.DaemonAway, verdict.Invalid},
		{"it refused the work", "b", []spoil{refuses}, metric.RequestsFailed, verdict.Failed},
		{"the daemon went away, so requests failed", "b", []spoil{refuses, daemonAway}, metric.DaemonAway, verdict.Invalid},
		{"a sidecar ended, so requests failed", "b", []spoil{refuses, sidecar}, metric.SidecarEnded, verdict.Invalid},
		{"a sidecar ended, and it was killed for memory", "b", []spoil{sidecar, outOfMemory}, metric.OutOfMemory, verdict.Failed},
		{"a sidecar ended", "b", []spoil{sidecar}, metric.SidecarEnded, verdict.Invalid},
	}
	const yaml = "blocks: 6\nmax_repeats: 0\ninfo_path: /what\ncontrols: {memory: 64MB, delay: 20ms}"
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fakerig.New()
			refused := false
			f.Status = func(uint64) int { return map[bool]int{false: 200, true: 503}[refused] }
			f.Spoil = func(p experiment.TrialPlan, s *experiment.Subject) {
				s.Describe = func(context.Context) (map[string]string, error) { return map[string]string{"workers": "3"}, nil }
				for _, spoil := range tt.how {
					if p.Block == 1 && p.Arm.Name == tt.arm {
						spoil(s)
					}
				}
				refused = s.URL == refusing
			}
			v := fakerig.Execute(t, fakerig.Create(t, "build: ./b", "build: ./b, expect: {workers: 3}", "blocks: 6", yaml), f)
			if v.Outcome != tt.want || !v.Void {
				t.Errorf("%s, void %t, reasons %q; want %s", v.Outcome, v.Void, v.Reasons, tt.want)
			}
			i := slices.IndexFunc(v.Reasons, func(r metric.Reason) bool { return r.Code == tt.code })
			if i < 0 || !slices.Equal(v.Reasons[i].Trials, []string{"block 1, " + tt.arm}) {
				t.Errorf("reasons %+v; want %s with its trial", v.Reasons, tt.code)
			}
			for _, c := range v.Claims {
				if c.Outcome != tt.want || c.Estimate != nil || tt.want == verdict.Failed && !strings.Contains(c.Because, "block 1, "+tt.arm) {
					t.Errorf("claim %s is %s: %q; want %s, no figure and the arm that failed", c.ID, c.Outcome, c.Because, tt.want)
				}
			}
		})
	}
}
