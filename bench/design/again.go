package design

import (
	"slices"

	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// Again implements [Repeater]. It returns the arms with a disturbed figure that an open
// answer needs, as many as the scenario allows. A failure of the service is an answer,
// and is not run again. If all trials were refused for one cause, none is run again:
// the cause stays until a person removes it and resumes the run.
func (d *Blocks) Again(done, running []Block, b Block) (again []scenario.Arm) {
	all := append(slices.Clone(done), b)
	left := d.sc.MaxRepeats
	for _, other := range slices.Concat(all, running) {
		left -= other.Repeats
	}
	stuck := d.decide(all).Stuck(d.sc)
	if stuck {
		left = 0
	}
	// A later block fixes the trials of earlier ones, because its arms were chosen from
	// them. In the newest block some arms may already have been run again.
	stuck = stuck || b.Number >= d.newest && d.decide(withoutRepeats(all)).Stuck(d.sc)
	open := d.decide(settled(done, append(slices.Clone(running), b)))
	for _, arm := range b.Arms {
		t, ok := b.result(arm.Name)
		may := len(again) < left || stuck && d.isUntouched(b, arm.Name)
		if ok && may && len(t.Failed) == 0 && d.needsAgain(open, b, t) {
			again = append(again, arm)
		}
	}
	if base, ok := d.deviantBaseline(b); ok && len(again) > 0 {
		return []scenario.Arm{base}
	}
	return again
}

// isUntouched reports whether the arm has had no trial since this process began, in a
// block that was whole then. A person may have removed what stopped the run.
func (d *Blocks) isUntouched(b Block, arm string) bool {
	whole := !slices.ContainsFunc(b.Arms, func(a scenario.Arm) bool { return d.resumed[position{b.Number, a.Name}] == 0 })
	return whole && b.count(arm) == d.resumed[position{b.Number, arm}]
}

// deviantBaseline returns the baseline's arm if the work of every other arm differs from
// the baseline's. Then the baseline's only trial is the wrong one. In a block without the
// baseline, the first arm stands for it.
func (d *Blocks) deviantBaseline(b Block) (base scenario.Arm, ok bool) {
	if !d.sc.Load.EqualResponses || d.sc.Controls == nil || len(b.Trials) == 0 {
		return base, false
	}
	reference := d.sc.Controls.Baseline
	if b.count(reference) == 0 {
		reference = b.Trials[0].Result.Variant
	}
	if b.count(reference) != 1 {
		return base, false
	}
	for _, arm := range b.Arms {
		t, ran := b.result(arm.Name)
		equal := !slices.ContainsFunc(t.Invalid, func(r metric.Reason) bool { return r.Code == metric.UnequalWork })
		switch {
		case arm.Name == reference:
			base = arm
		case !ran || equal:
			return base, false
		}
	}
	return base, true
}

// withoutRepeats returns the blocks without their repeats.
func withoutRepeats(blocks []Block) []Block {
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

// needsAgain reports whether a reason spoils a figure of the trial that an open answer
// needs. A trial without any figure spoils its block.
func (d *Blocks) needsAgain(open *verdict.Verdict, b Block, t measure.TrialResult) bool {
	return !t.Valid() || slices.ContainsFunc(d.needed(open, b, t.Variant), func(m metric.Name) bool { return t.Spoiled(m) != nil })
}

// needed returns the metrics that open answers, and their controls, need from an arm of
// the block.
func (d *Blocks) needed(open *verdict.Verdict, b Block, arm string) (metrics []metric.Name) {
	control := d.isControl(arm)
	for _, n := range open.OpenNeeds(d.sc) {
		if slices.Contains(n.Arms, arm) || control && len(n.Arms) > 1 {
			metrics = append(metrics, n.Metric)
		}
	}
	for _, in := range scenario.InjectedControls {
		injected := slices.ContainsFunc(b.Arms, func(a scenario.Arm) bool { return a.Name == in.Arm })
		if open.OpenOn(d.sc, in.Of) && (in.Arm == arm || control && injected) {
			metrics = append(metrics, in.Metric)
		}
	}
	return metrics
}
