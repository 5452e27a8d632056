package metric

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Code names a kind of reason. Programs and tests compare codes; the text is for
// people and may change.
type Code string

// The codes of a broken measurement: the trial, or some of its figures, does not count.
const (
	NoisyNeighbour    Code = "noisy_neighbour"     // other programs used the processors
	GeneratorBehind   Code = "generator_behind"    // requests were sent late
	RequestsUnsent    Code = "requests_unsent"     // requests were not sent at all
	NoRequests        Code = "no_requests"         // no request fell into the window
	WindowMissed      Code = "window_missed"       // the trial ended before its window
	SamplerStopped    Code = "sampler_stopped"     // no samples after some moment
	MemoryUnseen      Code = "memory_unseen"       // too few samples have the memory
	Swapped           Code = "swapped"             // memory was on disk and is in no figure
	MemoryUnaccounted Code = "memory_unaccounted"  // processes and cgroup disagree
	ClockUnstable     Code = "clock_unstable"      // the offset between two machines' clocks drifted
	ClockSet          Code = "clock_set"           // the wall clock jumped
	StoodStill        Code = "machine_stood_still" // the whole machine paused
	Mislabelled       Code = "mislabelled"         // the variant is not what the scenario expects
	UnequalWork       Code = "unequal_work"        // its answers differ from the baseline's
	CountMissing      Code = "count_missing"       // a counter that the scenario needs was missing
	SidecarEnded      Code = "sidecar_ended"       // a sidecar ended early
	DaemonAway        Code = "daemon_away"         // the Docker daemon stopped or restarted
	TrialStopped      Code = "trial_stopped"       // the measurement could not go on
)

// The codes of a failed service: the run is FAILED.
const (
	OutOfMemory    Code = "out_of_memory"   // the kernel killed one of its processes
	EndedUnasked   Code = "ended_unasked"   // it ended before it was asked to
	NotStarted     Code = "not_started"     // it ended, or was not ready in time, before it was measured
	RequestsFailed Code = "requests_failed" // more than the scenario allows
	TooSlow        Code = "too_slow"        // it kept every worker of the generator waiting
	WorkLost       Code = "work_lost"       // a request was answered with success, yet the work was not done
	CounterChanged Code = "counter_changed" // a counter that must not change did
)

// The other codes about a trial or the run.
const (
	AbruptStop      Code = "abrupt_stop"      // a note: it did not end in order when asked to
	Unclassified    Code = "unclassified"     // the run is older than codes
	RunIncomplete   Code = "run_incomplete"   // fewer blocks than planned
	ClaimUnanswered Code = "claim_unanswered" // a figure of the claim was not measured
	ControlFailed   Code = "control_failed"   // a control did not confirm the instrument
	AttributionOpen Code = "attribution_open" // the effect could not be shared out
	RepeatsDiffer   Code = "repeats_differ"   // a note: one arm is disturbed more often than the others
)

// Reason explains why a trial does not count, or some of its figures.
type Reason struct {
	Code Code `json:"code"`
	// Metrics are the metrics that it spoils; empty means every figure of the trial.
	Metrics []Pattern `json:"metrics,omitempty"`
	// Trials are the labels of the trials that it was found in; set in a verdict.
	Trials []string `json:"trials,omitempty"`
	Text   string   `json:"text"`
}

// Pattern is a metric's name, in which a * stands for any text, such as latency.*. It
// then also covers metrics that join the family later.
type Pattern string

// member returns the part of the name that the pattern's * stands for. ok reports
// whether the name matches.
func (p Pattern) member(m Name) (member string, ok bool) {
	before, after, open := strings.Cut(string(p), "*")
	if !open {
		return "", string(p) == string(m)
	}
	if member, ok = strings.CutPrefix(string(m), before); ok {
		member, ok = strings.CutSuffix(member, after)
	}
	return member, ok && member != ""
}

// Because makes a reason that spoils these metrics, or all if none is given.
func Because(code Code, metrics []Pattern, format string, args ...any) Reason {
	return Reason{Code: code, Metrics: metrics, Text: fmt.Sprintf(format, args...)}
}

// SpoilsAll reports whether no figure of the trial counts.
func (r Reason) SpoilsAll() bool { return len(r.Metrics) == 0 }

// Spoils reports whether the figure of this metric does not count.
func (r Reason) Spoils(m Name) bool {
	return r.SpoilsAll() || slices.ContainsFunc(r.Metrics, func(pattern Pattern) bool {
		_, ok := pattern.member(m)
		return ok
	})
}

// Scope describes in words which figures it spoils.
func (r Reason) Scope() string {
	for _, family := range []struct {
		name    string
		metrics []Pattern
	}{{"all figures", nil}, {"figures of time", TimeMetrics}, {"figures of memory", MemoryMetrics}, {"figures of memory and CPU", SampleMetrics}} {
		if sameMetrics(r.Metrics, family.metrics) {
			return family.name
		}
	}
	names := make([]string, len(r.Metrics))
	for i, m := range r.Metrics {
		names[i] = string(m)
	}
	return strings.Join(names, ", ")
}

// sameMetrics reports whether two lists name the same metrics: the order and the
// patterns of an earlier version may differ.
func sameMetrics(a, b []Pattern) bool {
	one, other := Reason{Metrics: a}, Reason{Metrics: b}
	return slices.Equal(a, b) || one.SpoilsAll() == other.SpoilsAll() && !slices.ContainsFunc(definitions, func(d Definition) bool {
		return one.Spoils(d.Name) != other.Spoils(d.Name)
	})
}

// shownTrials is the most labels that a message names; beyond it gives their number.
const shownTrials = 3

// String writes the reason as a message shows it, the trials first.
func (r Reason) String() string {
	switch n := len(r.Trials); {
	case n == 0:
		return r.Text
	case n <= shownTrials:
		return strings.Join(r.Trials, "; ") + ": " + r.Text
	default:
		return fmt.Sprintf("%d trials, first %s: %s", n, r.Trials[0], r.Text)
	}
}

// UnmarshalJSON also reads the plain sentence that older versions wrote.
func (r *Reason) UnmarshalJSON(text []byte) error {
	var sentence string
	if json.Unmarshal(text, &sentence) == nil {
		*r = Reason{Code: Unclassified, Text: sentence}
		return nil
	}
	type plain Reason // without this method
	return json.Unmarshal(text, (*plain)(r))
}

// Grouped joins reasons of the same kind into one, with the trials of all and the text
// of the first.
func Grouped(reasons []Reason) (out []Reason) {
	for _, r := range reasons {
		i := slices.IndexFunc(out, func(o Reason) bool {
			return o.Code == r.Code && o.Code != Unclassified && slices.Equal(o.Metrics, r.Metrics)
		})
		if i < 0 || len(r.Trials) == 0 {
			r.Trials = slices.Clone(r.Trials)
			out = append(out, r)
			continue
		}
		for _, label := range r.Trials {
			if !slices.Contains(out[i].Trials, label) {
				out[i].Trials = append(out[i].Trials, label)
			}
		}
	}
	return out
}

// The metrics that reasons spoil: those of a group, or all from samples except the checks of
// the instrument.
var (
	TimeMetrics   = definitions.patterns(func(d Definition) bool { return d.Group == GroupTime })
	MemoryMetrics = definitions.patterns(func(d Definition) bool { return d.Group == GroupMemory })
	SampleMetrics = definitions.patterns(func(d Definition) bool { return d.Group != GroupCheck && d.Needs.Include(FromSamples) })
)

// patterns lists the metrics for which of holds. One pattern stands for names with the same
// beginning if it holds for all of them: memory.*.
func (t Table) patterns(of func(Definition) bool) (all []Pattern) {
	for _, d := range t {
		if !of(d) {
			continue
		}
		p := Pattern(d.Name)
		if group := t.group(d.Name); len(group) > 1 && !slices.ContainsFunc(group, func(d Definition) bool { return !of(d) }) {
			p = groupOf(d.Name)
		}
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// group returns the definitions whose names have the same part before the first point.
func (t Table) group(m Name) (all Table) {
	for _, d := range t {
		if groupOf(d.Name) == groupOf(m) {
			all = append(all, d)
		}
	}
	return all
}

func groupOf(m Name) Pattern {
	head, _, ok := strings.Cut(string(m), ".")
	if !ok {
		return Pattern(m)
	}
	return Pattern(head + ".*")
}
