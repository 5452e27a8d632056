package backend

import (
	"fmt"
	"strings"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// The programs that the engine starts besides those of a scenario.
const (
	SamplerPackage  = "github.com/memproof/memproof/bench/cmd/sampler"  // reads memory and CPU of a program
	InjectorPackage = "github.com/memproof/memproof/bench/cmd/injector" // holds memory next to a program
)

// Program is something to start.
type Program struct {
	Who  string // needs it, for messages: `variant "before"`
	Fact string // its name among the facts: "variant.before"
	scenario.Program
	Injected bool // started by [InjectorPackage], see [Spec.HeldMemory]
}

// Key is the same for programs that are built or pulled as one.
func (p Program) Key() string {
	key := p.Build.String() + p.Image
	if p.Injected {
		key = "injected:" + key
	}
	return key
}

// GoProgram returns a program that is built from a Go package.
func GoProgram(who, fact, pkg string) Program {
	return Program{Who: who, Fact: fact, Program: scenario.Program{Build: scenario.Build{Package: pkg}}}
}

// Sampler returns the program that reads memory and CPU of another.
func Sampler() Program { return GoProgram("sampler", "sampler", SamplerPackage) }

// Variant returns the program of a variant.
func Variant(v scenario.Variant) Program {
	return Program{Who: fmt.Sprintf("variant %q", v.Name), Fact: "variant." + v.Name, Program: v.Program()}
}

// Injected returns the program of a baseline, started by the one that holds memory.
func Injected(baseline scenario.Variant) Program {
	return Program{Who: "control " + scenario.MemoryArm, Fact: "control.memory", Program: baseline.Program(), Injected: true}
}

// Seed returns the program that fills the database; without a key where there is none.
func Seed(sc *scenario.Scenario) Program {
	return Program{Who: "database.seed", Fact: "seed", Program: sc.Database.Seed}
}

// Upstream returns the program that variants call; without a key where there is none.
func Upstream(sc *scenario.Scenario) Program {
	return Program{Who: "upstream", Fact: "upstream", Program: scenario.Program{Build: sc.Upstream.Build, Args: sc.Upstream.Args}}
}

// Programs returns those that the scenario names.
func Programs(sc *scenario.Scenario) (all []Program) {
	for _, v := range sc.Variants {
		all = append(all, Variant(v))
	}
	for _, c := range sc.Sidecars {
		all = append(all, Program{Who: fmt.Sprintf("sidecar %q", c.Name), Fact: "sidecar." + c.Name, Program: c.Program()})
	}
	for _, v := range sc.Variants {
		for _, c := range v.Sidecars {
			who := fmt.Sprintf("sidecar %q of variant %q", c.Name, v.Name)
			all = append(all, Program{Who: who, Fact: "sidecar." + v.Name + "." + c.Name, Program: c.Program()})
		}
	}
	for _, arm := range sc.Injected() {
		if arm.Name == scenario.MemoryArm {
			all = append(all, Injected(arm))
		}
	}
	for _, p := range []Program{Seed(sc), Upstream(sc)} {
		if p.Key() != "" {
			all = append(all, p)
		}
	}
	return all
}

// InjectorArgs come before the command that is injected.
func InjectorArgs(memory metric.Bytes) []string {
	return []string{"-memory", fmt.Sprint(uint64(memory)), "--"}
}

// ExpandKnown replaces the ${name} that are known, and leaves others.
func ExpandKnown(text string, vars map[string]string) string {
	var pairs []string
	for name, value := range vars {
		pairs = append(pairs, "${"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
