package view

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// Fact is a row of the table of what ran.
type Fact struct{ Name, Value string }

// FactsOf returns what is needed to repeat the run: the machine, the programs, the load.
func FactsOf(run *record.Run) []Fact {
	sc := run.Scenario
	facts := []Fact{{"began", run.Meta.Began.UTC().Format("2006-01-02 15:04:05 UTC")}}
	facts = append(facts, machineFacts(run.Meta.Machine)...)
	for _, v := range sc.Variants {
		facts = append(facts, Fact{"variant " + v.Name, programLine(v.Program())})
		for _, c := range sc.SidecarsFor(v) {
			facts = append(facts, Fact{"sidecar " + c.Name + " of " + v.Name, programLine(c.Program())})
		}
	}
	facts = append(facts,
		Fact{"limits of a variant", limitsLine(sc.Limits)},
		Fact{"load", loadLine(sc.Load)},
		Fact{"database settings", settingsLine(sc.Database.Settings)},
		Fact{"seed", fmt.Sprint(sc.Seed)},
	)
	return slices.Concat(facts, clockFacts(run), noiseFacts(run))
}

// machineFacts are sorted by name; the engine and why it was chosen come first.
func machineFacts(machine map[string]string) (facts []Fact) {
	for _, engine := range []bool{true, false} {
		for _, name := range slices.Sorted(maps.Keys(machine)) {
			if strings.HasPrefix(name, "engine") == engine {
				facts = append(facts, Fact{name, machine[name]})
			}
		}
	}
	return facts
}

// programLine leaves out the environment, which may hold secrets: reports get
// pasted where the run directory does not go.
func programLine(p scenario.Program) string {
	what := cmp.Or(p.Build.String(), p.Image, strings.Join(p.Command, " "))
	return strings.Join(append([]string{what}, p.Args...), " ")
}

func limitsLine(l scenario.Limits) string {
	parts := []string{l.CPUs.String() + " CPUs", "no memory limit"}
	if l.CPUs == 1 {
		parts[0] = "1 CPU"
	}
	if l.Memory > 0 {
		parts[1] = metric.FormatValue(float64(l.Memory), metric.UnitBytes) + " of memory"
	}
	if l.CPUSet != "" {
		parts = append(parts, "pinned to processors "+l.CPUSet)
	}
	return strings.Join(parts, ", ")
}

func loadLine(l load.Load) string {
	var parts []string
	mix := l.Mix()
	if file := mix[0].File; file != "" {
		parts, mix = append(parts, fmt.Sprintf("%s of %s", Plural(len(mix), "request"), file)), nil
	}
	for _, t := range mix {
		if t.Path == "" {
			continue // a load without requests
		}
		part := fmt.Sprintf("%s %s", t.Method, t.Path)
		if len(l.Targets) > 0 {
			part = fmt.Sprintf("%s: %s, weight %d", t.Name, part, t.Weight)
		}
		parts = append(parts, part)
	}
	if l.Arrivals == load.Poisson {
		parts = append(parts, "Poisson arrivals")
	}
	for _, p := range l.Phases {
		part := fmt.Sprintf("%s: %s for %s", p.Name, p, p.For)
		if p.Measure {
			part += " (measured)"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

func settingsLine(settings map[string]string) string {
	if len(settings) == 0 {
		return "the server's own"
	}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(settings)) {
		parts = append(parts, k+"="+settings[k])
	}
	return strings.Join(parts, ", ")
}
