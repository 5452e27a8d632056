package design

import (
	"slices"

	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// Again implements [Repeater]: the arms whose figures an answer needs and a disturbance
// spoiled, as many as the scenario allows. A failure of the service is an answer, and is
// not run again. Nor is anything where all trials were refused for one cause: it would be
// there again, until a person mends it and resumes the run.
func (d *Blocks) Again(done []Block, b Block) (again []scenario.Arm) {
	all := append(slices.Clone(done), b)
	left := d.sc.Replace - repeats(all)
	if d.decide(all).Stuck(d.sc) {
		left = d.mended(b)
	}
	for _, arm := range b.Arms {
		t, ok := b.result(arm.Name)
		if ok && len(again) < left && len(t.Failed) == 0 && d.needsAgain(b, t) {
			again = append(again, arm)
		}
	}
	return again
}

// mended is how many trials of the block are run again after what stopped the run was
// mended: each once a resumption.
func (d *Blocks) mended(b Block) int {
	before, resumed := d.begun[b.Number]
	if !resumed || len(b.Trials) > before {
		return 0
	}
	return len(b.Arms)
}

// result is the trial of the arm that counts.
func (b Block) result(arm string) (m measure.Measured, ok bool) {
	for _, t := range b.Trials {
		if t.Result.Variant == arm && !t.Result.Superseded {
			m, ok = t.Result, true
		}
	}
	return m, ok
}

// needsAgain says that a reason spoils what an answer takes from the trial.
func (d *Blocks) needsAgain(b Block, t measure.Measured) bool {
	return !t.Sound() || slices.ContainsFunc(d.needed(b, t.Variant), func(m metric.Name) bool { return t.Spoiled(m) != nil })
}

// needed are the metrics that answers and controls take from an arm of the block.
func (d *Blocks) needed(b Block, arm string) (metrics []metric.Name) {
	baseline := d.sc.Controls != nil && arm == d.sc.Controls.Baseline
	for _, n := range d.sc.Needs() {
		if slices.Contains(n.Arms, arm) || (baseline || arm == scenario.NullArm) && len(n.Arms) > 1 {
			metrics = append(metrics, n.Metric)
		}
	}
	for _, in := range scenario.InjectedControls {
		if in.Arm == arm || (baseline || arm == scenario.NullArm) && b.has(in.Arm) {
			metrics = append(metrics, in.Metric)
		}
	}
	return metrics
}

func (b Block) has(arm string) bool {
	return slices.ContainsFunc(b.Arms, func(a scenario.Arm) bool { return a.Name == arm })
}

// repeats is how many trials were run again.
func repeats(blocks []Block) (n int) {
	for _, b := range blocks {
		n += max(0, len(b.Trials)-len(b.Arms))
	}
	return n
}
