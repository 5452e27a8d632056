package design

import (
	"slices"

	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// Again implements [Repeater]. It returns the arms with a disturbed figure that an
// answer needs, as many as the scenario allows. A failure of the service is an answer,
// and is not run again. If all trials were refused for one cause, none is run again:
// the cause stays until a person mends it and resumes the run.
func (d *Blocks) Again(done []Block, b Block) (again []scenario.Arm) {
	all := append(slices.Clone(done), b)
	left, refused := d.sc.MaxRepeats-repeats(all), d.decide(all).Stuck(d.sc)
	if refused {
		left = 0
	}
	refused = refused || d.newest(b) && d.decide(first(all)).Stuck(d.sc) // some have already been run again
	for _, arm := range b.Arms {
		t, ok := b.result(arm.Name)
		may := len(again) < left || refused && d.mended(b, arm.Name)
		if ok && may && len(t.Failed) == 0 && d.needsAgain(b, t) {
			again = append(again, arm)
		}
	}
	if base, ok := d.oddBaseline(b); ok && len(again) > 0 {
		return []scenario.Arm{base}
	}
	return again
}

// mended reports whether the arm may be run again after a person mended what stopped
// the run. Its block was whole when this process began, and the arm has had no trial
// since.
func (d *Blocks) mended(b Block, arm string) bool {
	whole := !slices.ContainsFunc(b.Arms, func(a scenario.Arm) bool { return d.begun[place{b.Number, a.Name}] == 0 })
	return whole && b.count(arm) == d.begun[place{b.Number, arm}]
}

// newest reports whether no later block had begun when this process did. A later block
// fixes the trials of earlier ones, because its arms were chosen from them.
func (d *Blocks) newest(b Block) bool {
	for at := range d.begun {
		if at.block > b.Number {
			return false
		}
	}
	return true
}

// oddBaseline returns the baseline's arm if the work of every other arm differs from
// the baseline's. The baseline's one trial is then the wrong one.
func (d *Blocks) oddBaseline(b Block) (base scenario.Arm, ok bool) {
	if !d.sc.Load.EqualResponses || d.sc.Controls == nil || b.count(d.sc.Controls.Baseline) != 1 {
		return base, false
	}
	for _, arm := range b.Arms {
		t, ran := b.result(arm.Name)
		equal := !slices.ContainsFunc(t.Invalid, func(r metric.Reason) bool { return r.Code == metric.UnequalWork })
		switch {
		case arm.Name == d.sc.Controls.Baseline:
			base = arm
		case !ran || equal:
			return base, false
		}
	}
	return base, true
}

// first returns the blocks without their repeats.
func first(blocks []Block) []Block {
	all := slices.Clone(blocks)
	for i := range all {
		b := &all[i]
		b.Trials = slices.Clone(b.Trials[:min(len(b.Trials), len(b.Arms))])
		for j := range b.Trials {
			b.Trials[j].Result.Superseded = false
		}
	}
	return all
}

func (b Block) count(arm string) (n int) {
	for _, t := range b.Trials {
		if t.Result.Variant == arm {
			n++
		}
	}
	return n
}

// result returns the trial of the arm that counts.
func (b Block) result(arm string) (m measure.TrialResult, ok bool) {
	for _, t := range b.Trials {
		if t.Result.Variant == arm && !t.Result.Superseded {
			m, ok = t.Result, true
		}
	}
	return m, ok
}

// needsAgain reports whether a reason spoils a figure of the trial that an answer
// needs.
func (d *Blocks) needsAgain(b Block, t measure.TrialResult) bool {
	return !t.Valid() || slices.ContainsFunc(d.needed(b, t.Variant), func(m metric.Name) bool { return t.Spoiled(m) != nil })
}

// needed returns the metrics that answers and controls need from an arm of the block.
func (d *Blocks) needed(b Block, arm string) (metrics []metric.Name) {
	baseline := d.sc.Controls != nil && arm == d.sc.Controls.Baseline
	for _, n := range d.sc.Needs() {
		if slices.Contains(n.Arms, arm) || (baseline || arm == scenario.AAArm) && len(n.Arms) > 1 {
			metrics = append(metrics, n.Metric)
		}
	}
	for _, in := range scenario.InjectedControls {
		if in.Arm == arm || (baseline || arm == scenario.AAArm) && b.has(in.Arm) {
			metrics = append(metrics, in.Metric)
		}
	}
	return metrics
}

func (b Block) has(arm string) bool {
	return slices.ContainsFunc(b.Arms, func(a scenario.Arm) bool { return a.Name == arm })
}

// repeats returns how many trials were run again.
func repeats(blocks []Block) (n int) {
	for _, b := range blocks {
		n += max(0, len(b.Trials)-len(b.Arms))
	}
	return n
}
