package backend

import (
	"fmt"

	"github.com/memproof/memproof/bench/scenario"
)

// Programs are those that the scenario names.
func Programs(sc *scenario.Scenario) (all []Program) {
	for _, v := range sc.Variants {
		all = append(all, Variant(v))
	}
	all = append(all, companions(sc)...)
	for _, arm := range sc.Injected() {
		if arm.Name == scenario.MemoryArm {
			all = append(all, Spiked(arm))
		}
	}
	for _, p := range []Program{Seed(sc), Upstream(sc)} {
		if p.Key() != "" {
			all = append(all, p)
		}
	}
	return all
}

// Variant is the program of a variant.
func Variant(v scenario.Variant) Program {
	return Program{Who: fmt.Sprintf("variant %q", v.Name), Fact: "variant." + v.Name, Program: v.Program()}
}

// Spiked is the program of a baseline, with the spike before it.
func Spiked(baseline scenario.Variant) Program {
	return Program{Who: "control " + scenario.MemoryArm, Fact: "control.spike", Program: baseline.Program(), Spiked: true}
}

// Seed is the program that fills the database; without a key where there is none.
func Seed(sc *scenario.Scenario) Program {
	return Program{Who: "database.seed", Fact: "seed", Program: sc.Database.Seed}
}

// Upstream is the program that variants call; without a key where there is none.
func Upstream(sc *scenario.Scenario) Program {
	return Program{Who: "upstream", Fact: "upstream", Program: scenario.Program{Build: sc.Upstream.Build, Args: sc.Upstream.Args}}
}

// companions are those of the scenario and of its variants.
func companions(sc *scenario.Scenario) (all []Program) {
	add := func(whose, fact string, list []scenario.Sidecar) {
		for _, c := range list {
			all = append(all, Program{Who: fmt.Sprintf("beside %q%s", c.Name, whose), Fact: "sidecar." + fact + c.Name, Program: c.Program()})
		}
	}
	add("", "", sc.Sidecars)
	for _, v := range sc.Variants {
		add(fmt.Sprintf(" of variant %q", v.Name), v.Name+".", v.Sidecars)
	}
	return all
}
