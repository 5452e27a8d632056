package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/metric"
)

// Attribution asks how much each of several changes contributed to their total effect.
// It creates the scenario's variants: one for each combination of its causes. So the
// joint effect of two causes is measured and not assumed.
type Attribution struct {
	Metric metric.Name `yaml:"metric"` // the metric whose change is shared out; memory.mean by default
	// Design selects the combinations to run: all by default, or the ends only. Ends
	// are cheaper and give bounds in place of shares.
	Design Design `yaml:"design"`

	// These fields describe the variant with none of the causes.
	Build   Build             `yaml:"build"`
	Image   string            `yaml:"image"`
	Command []string          `yaml:"command" secret:"hide"`
	Args    []string          `yaml:"args" secret:"hide"`
	Env     map[string]string `yaml:"env" secret:"hide"`
	Expect  map[string]string `yaml:"expect"` // for every combination

	Causes []Cause `yaml:"causes"`
}

// Design selects combinations of causes.
type Design string

// The designs.
const (
	FullFactorial Design = "full_factorial"
	// EndsOnly runs none of the causes, each alone, all but each, and all: ten
	// combinations of four causes in place of 16.
	OneAtATime Design = "one_at_a_time"
)

// UnmarshalText refuses an unknown design.
func (d *Design) UnmarshalText(text []byte) error {
	switch *d = Design(text); *d {
	case FullFactorial, OneAtATime:
		return nil
	}
	return fmt.Errorf("%q is unknown: use full_factorial (every combination), or one_at_a_time (none, each cause alone, all but each, all)", text)
}

// Cause is a change to the variant that can be made or left out.
type Cause struct {
	Name      string            `yaml:"name"`
	Statement string            `yaml:"statement" also:"says"` // the change in its author's words
	Args      []string          `yaml:"args" secret:"hide"`    // added to the variant's
	Env       map[string]string `yaml:"env" secret:"hide"`     // replaces the variant's
	// With and Without are the answers of describe with and without the change.
	ExpectWith    map[string]string `yaml:"expect_with" also:"with"`
	ExpectWithout map[string]string `yaml:"expect_without" also:"without"`
	// Moves is a manipulation check: a metric that the change must move, such as the
	// number of processes. If it does not move, the change had no effect on the
	// service. Its share is then NOT RUN, which differs from "no effect".
	ManipulationCheck metric.Name `yaml:"manipulation_check" also:"moves"`
}

// The names of the combinations with none and with all of the causes. Any other
// combination is named after its causes: workers-client.
const (
	NoCauses  = "none"
	AllCauses = "all"
)

// These limits keep the time of a block bearable: 32 combinations, or 18 ends. With
// three causes the ends are already all combinations.
const (
	maxCauses     = 5
	maxCausesEnds = 8
	fewestForEnds = 4
)

// combination is a set of causes: bit i stands for cause i.
type combination uint

func (c combination) Has(cause int) bool { return c&(1<<cause) != 0 }

func (a *Attribution) all() combination { return 1<<len(a.Causes) - 1 }

// Combinations returns the combinations of the design, in the order of their variants.
func (a *Attribution) Combinations() (some []combination) {
	if a.Design != OneAtATime {
		for c := range a.all() + 1 {
			some = append(some, c)
		}
		return some
	}
	some = append(some, 0)
	for i := range a.Causes {
		some = append(some, 1<<i)
	}
	for i := range a.Causes {
		some = append(some, a.all()&^(1<<i))
	}
	return append(some, a.all())
}

// Has reports whether the variant at that index has the cause at that index.
func (a *Attribution) Has(place, cause int) bool { return a.Combinations()[place].Has(cause) }

// Name returns the name of the combination's variant.
func (a *Attribution) Name(of combination) string {
	switch of {
	case 0:
		return NoCauses
	case a.all():
		return AllCauses
	}
	var parts []string
	for i, c := range a.Causes {
		if of.Has(i) {
			parts = append(parts, c.Name)
		}
	}
	return strings.Join(parts, "-")
}

// variants returns one variant for each combination of the design.
func (a *Attribution) variants() (all []Variant) {
	for _, combination := range a.Combinations() {
		v := Variant{
			Name: a.Name(combination), Build: a.Build, Image: a.Image, Command: slices.Clone(a.Command),
			Args: slices.Clone(a.Args), Env: maps.Clone(a.Env), Expect: maps.Clone(a.Expect),
		}
		for i, c := range a.Causes {
			v.Expect = over(v.Expect, c.ExpectWithout)
			if combination.Has(i) {
				v.Args = append(v.Args, c.Args...)
				v.Env, v.Expect = over(v.Env, c.Env), over(v.Expect, c.ExpectWith)
			}
		}
		all = append(all, v)
	}
	return all
}

func over(m, more map[string]string) map[string]string {
	if m == nil {
		return maps.Clone(more)
	}
	maps.Copy(m, more)
	return m
}

// attributionDefaults fills in the defaults and creates the variants.
func (c checker) attributionDefaults() {
	a := c.sc.Attribution
	if a == nil {
		return
	}
	if a.Metric == "" && !c.Has("attribution.metric") {
		a.Metric = metric.MemoryMean
	}
	if len(c.sc.Variants) > 0 {
		c.Fail("variants", "stands beside attribution, which makes the variants from its causes: keep one of the two")
		return
	}
	if !c.Has("attribution.design") {
		a.Design = FullFactorial
	}
	if _, most := a.causes(); len(a.Causes) <= most {
		c.sc.Variants = a.variants()
	}
}

// causes returns the fewest and the most causes that are allowed.
func (a *Attribution) causes() (fewest, most int) {
	if a.Design == OneAtATime {
		return fewestForEnds, maxCausesEnds
	}
	return 1, maxCauses
}

func (c checker) attribution() {
	a := c.sc.Attribution
	c.program("attribution", Program{Build: a.Build, Image: a.Image, Command: a.Command}, true)
	known := c.known(c.sc.Sidecars)
	c.placeholdersOf("attribution", Program{Command: a.Command, Args: a.Args}, a.Env, known)
	c.expectations("attribution.expect", a.Expect)
	c.canMeasure("attribution.metric", a.Metric)
	fewest, most := a.causes()
	c.between("attribution.causes", len(a.Causes), fewest, most)
	seen := map[string]bool{NoCauses: true, AllCauses: true}
	for i, cause := range a.Causes {
		field := fmt.Sprintf("attribution.causes[%d]", i)
		c.matches(field+".name", cause.Name, causeName, "letters and digits")
		c.untaken(field+".name", cause.Name, "cause", seen)
		if isControl(cause.Name) {
			c.Fail(field+".name", "%s is the name of a control: take another", cause.Name)
		}
		if len(cause.Args) == 0 && len(cause.Env) == 0 {
			c.Fail(field, "has neither args nor env: nothing makes the change")
		}
		c.placeholdersOf(field, Program{Args: cause.Args}, cause.Env, known)
		c.expectations(field+".expect_with", cause.ExpectWith)
		c.expectations(field+".expect_without", cause.ExpectWithout)
		if cause.ManipulationCheck == "" && !c.Has(field+".manipulation_check") {
			c.Fail(field+".manipulation_check", "is missing: name a figure that shows that the change was made, such as processes")
		}
		c.canMeasure(field+".manipulation_check", cause.ManipulationCheck)
	}
}

// Arms returns the names of all combinations.
func (a *Attribution) Arms() (names []string) {
	for _, c := range a.Combinations() {
		names = append(names, a.Name(c))
	}
	return names
}
