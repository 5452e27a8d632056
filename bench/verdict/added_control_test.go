package verdict_test

import (
	"testing"
	"time"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// TestAddedControl: a control with its own metric and amount runs, is judged and fails,
// without a change elsewhere.
func TestAddedControl(t *testing.T) {
	was := scenario.InjectedControls
	defer func() { scenario.InjectedControls = was }()
	scenario.InjectedControls = append(was[:len(was):len(was)], scenario.InjectedControl{
		Arm: "TAIL", Metric: "latency.p90", Of: []metric.Pattern{"latency.*"}, Band: 0.1,
		Asked:   func(*scenario.Scenario) float64 { return 0 },
		Default: func(*scenario.Scenario, float64) float64 { return 0.030 },
		Inject: func(amount float64) *scenario.Injection {
			return &scenario.Injection{Delay: time.Duration(amount * 1e9)}
		},
	})
	for _, tt := range []struct {
		seen float64 // as the arm's response time
		want verdict.ControlOutcome
	}{{1, verdict.Holds}, {0.5, verdict.Fails}} {
		f := fakerig.New()
		f.ArmLatency = func(p experiment.TrialPlan, x float64) float64 {
			if p.Arm.Name == "TAIL" {
				return x * tt.seen
			}
			return x
		}
		v := fakerig.Execute(t, fakerig.Create(t), f)
		if c := controlOf(t, v, "TAIL"); c.Outcome != tt.want || *c.Known != 0.030 {
			t.Errorf("the control %s, of a known %v: %s; want that it %s", c.Outcome, *c.Known, c.Because, tt.want)
		}
	}
}
