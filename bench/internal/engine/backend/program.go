package backend

import (
	"fmt"
	"strings"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// The programs that the engine starts beside what a scenario names.
const (
	SamplerPackage = "github.com/memproof/memproof/bench/cmd/sampler" // reads memory and CPU beside a variant
	SpikePackage   = "github.com/memproof/memproof/bench/cmd/spike"   // holds memory beside another program
)

// Program is something to start.
type Program struct {
	Who  string // needs it, for messages: `variant "before"`
	Fact string // names it among the facts: "variant.before"
	scenario.Program
	Spiked bool // with the spike before it, see [Spec.Spike]
}

// Key is the same for programs that are built or pulled as one.
func (p Program) Key() string {
	key := p.Build.String() + p.Image
	if p.Spiked {
		key = "spiked:" + key
	}
	return key
}

// Sampler is the program that reads memory and CPU beside another.
func Sampler() Program { return GoProgram("sampler", "sampler", SamplerPackage) }

// GoProgram is a program that is built from a Go package.
func GoProgram(who, fact, pkg string) Program {
	return Program{Who: who, Fact: fact, Program: scenario.Program{Build: scenario.Build{Package: pkg}}}
}

// SpikeArgs come before the command that is spiked.
func SpikeArgs(memory metric.Bytes) []string {
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
