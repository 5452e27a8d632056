package metric

import (
	"slices"
	"strings"
)

// What reasons spoil: the figures of a kind, or all that are taken from samples. What
// checks the instrument is always shown.
var (
	TimeMetrics   = definitions.patterns(func(d Definition) bool { return d.Group == GroupTime })
	MemoryMetrics = definitions.patterns(func(d Definition) bool { return d.Group == GroupMemory })
	SampleMetrics = definitions.patterns(func(d Definition) bool { return d.Group != GroupCheck && d.Needs.Include(FromSamples) })
)

// patterns name the metrics for which of holds, with one pattern for a group whose
// definitions it all holds for: memory.*.
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

// group is the definitions whose names begin like that one, up to the first point.
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
