package verdict

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
)

// trialsOf makes trials of arms, by kept and repeated ones.
func trialsOf(arms map[string][2]int) (all []measure.TrialResult) {
	for name, n := range arms {
		for i := range n[0] + n[1] {
			all = append(all, measure.TrialResult{Variant: name, Superseded: i < n[1]})
		}
	}
	return all
}

// TestRepeatsByArm: a warning names the arm that is disturbed more often than chance
// explains, and no other.
func TestRepeatsByArm(t *testing.T) {
	tests := []struct {
		name string
		arms map[string][2]int // kept, repeated
		want string            // the arm with a warning
		p    float64           // of before; 0: not asked
	}{
		{"no repeat", map[string][2]int{"before": {6, 0}, "after": {6, 0}}, "", 0},
		{"one", map[string][2]int{"before": {6, 1}, "after": {100, 0}}, "", 0},
		{"two, of an arm with few trials", map[string][2]int{"before": {1, 2}, "after": {100, 0}}, "", 0},
		{"three alike", map[string][2]int{"before": {4, 1}, "after": {4, 1}, "A-A": {4, 1}}, "", 0},
		// All six on one of three arms: C(9,6)/C(17,6) = 84/12376, times 3.
		{"six of one arm of three", map[string][2]int{"before": {4, 6}, "after": {4, 0}, "A-A": {4, 0}}, "", 3 * 84.0 / 12376},
		// All eight: C(11,8)/C(19,8) = 165/75582, times 3.
		{"eight of one arm of three", map[string][2]int{"before": {4, 8}, "after": {4, 0}, "A-A": {4, 0}}, "before", 3 * 165.0 / 75582},
		{"eleven of twelve", map[string][2]int{"before": {6, 11}, "after": {6, 1}, "A-A": {6, 0}}, "before", 0},
		{"many, spread over all", map[string][2]int{"before": {6, 20}, "after": {6, 15}, "A-A": {6, 25}}, "", 0},
		{"one arm alone", map[string][2]int{"before": {3, 9}}, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := Verdict{Trials: trialsOf(tt.arms)}
			v.countRepeats(100)
			want := 0
			if tt.want != "" {
				want = 1
			}
			if len(v.Notes) != want || want > 0 && v.Notes[0].Code != metric.RepeatsDiffer {
				t.Errorf("notes %q, want %d", v.Notes, want)
			}
			for _, a := range v.Started {
				if n := tt.arms[a.Arm]; a.Started != n[0]+n[1] || a.Repeats != n[1] || a.Repeats == 0 && a.HolmP != nil {
					t.Errorf("%+v, want %v", a, n)
				}
				if warned := a.HolmP != nil && *a.HolmP <= repeatsError && a.Repeats >= fewestRepeats; warned != (a.Arm == tt.want) {
					t.Errorf("%s is warned of: %t", a.Arm, warned)
				}
				if a.Arm == "before" && tt.p > 0 && math.Abs(*a.HolmP-tt.p) > 1e-12 {
					t.Errorf("p is %g, want %g", *a.HolmP, tt.p)
				}
			}
		})
	}
}

// TestRepeatsFalseAlarms: on a machine that disturbs all arms alike, calm or busy, a run
// of 6 blocks and at most 12 repeats has a warning in at most 1%. With one arm disturbed
// twelve times as often as the others, most runs have.
func TestRepeatsFalseAlarms(t *testing.T) {
	const runs, arms, blocks, most = 4000, 7, 6, 12
	for _, tt := range []struct {
		rest, first    float64 // chance of a disturbance
		atLeast, limit float64 // share of runs with a warning
	}{{0.02, 0.02, 0, 0.014}, {0.1, 0.1, 0, 0.014}, {0.5, 0.5, 0, 0.014}, {0.05, 0.6, 0.6, 1}} {
		t.Run(fmt.Sprint(tt.rest, tt.first), func(t *testing.T) {
			r := rand.New(rand.NewPCG(8, uint64(100*tt.rest)))
			warned := 0
			for range runs {
				v := Verdict{Trials: disturbedRun(r, arms, blocks, most, func(arm int) float64 {
					if arm == 0 {
						return tt.first
					}
					return tt.rest
				})}
				v.countRepeats(most)
				if slices.ContainsFunc(v.Notes, func(n metric.Reason) bool { return n.Code == metric.RepeatsDiffer }) {
					warned++
				}
			}
			if share := float64(warned) / runs; share > tt.limit || share < tt.atLeast {
				t.Errorf("a warning in %.4f of the runs", share)
			} else {
				t.Logf("a warning in %.4f of the runs", share)
			}
		})
	}
}

// disturbedRun makes the trials of a run. After each round of a block the disturbed ones
// are run again, in the block's order, until the repeats are used up.
func disturbedRun(r *rand.Rand, arms, blocks, left int, chance func(arm int) float64) (all []measure.TrialResult) {
	for block := range blocks {
		for todo := r.Perm(arms); len(todo) > 0; {
			var again []int
			for _, arm := range todo {
				disturbed := r.Float64() < chance(arm) && len(again) < left
				if disturbed {
					again = append(again, arm)
				}
				all = append(all, measure.TrialResult{Block: block, Variant: fmt.Sprint(arm), Superseded: disturbed})
			}
			todo, left = again, left-len(again)
		}
	}
	return all
}
