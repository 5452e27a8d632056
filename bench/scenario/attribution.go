package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/metric"
)

// Attribution asks which of several changes earned the effect of all of them
// together. It makes the scenario's variants: every combination of its causes is
// one, so that what two of them do together is measured and not assumed. All
// else is as for a variant that is written out.
type Attribution struct {
	Metric metric.Name `yaml:"metric"` // what is shared out, memory.mean by default
	// Design is which combinations are run: all by default, or the ends alone,
	// which are cheaper and know bounds in place of shares.
	Design Design `yaml:"design"`

	// The variant with none of the causes.
	Build   Build             `yaml:"build"`
	Image   string            `yaml:"image"`
	Command []string          `yaml:"command"`
	Args    []string          `yaml:"args"`
	Env     map[string]string `yaml:"env"`
	Expect  map[string]string `yaml:"expect"` // of every combination

	Causes []Cause `yaml:"causes"`
}

// Design is a choice of combinations.
type Design string

// The designs.
const (
	AllCombinations Design = "all"
	// EndsOnly has none of the causes, each alone, all but each, and all: ten
	// combinations of four causes in place of 16.
	EndsOnly Design = "ends"
)

// UnmarshalText refuses a name that is no design.
func (d *Design) UnmarshalText(text []byte) error {
	switch *d = Design(text); *d {
	case AllCombinations, EndsOnly:
		return nil
	}
	return fmt.Errorf("%q is no design: want all, or ends, which has none of the causes, each alone, all but each, and all", text)
}

// Cause is a change that can be made to the variant or left.
type Cause struct {
	Name string            `yaml:"name"`
	Says string            `yaml:"says"` // the change in its author's words
	Args []string          `yaml:"args"` // added to the variant's
	Env  map[string]string `yaml:"env"`  // over the variant's
	// With and Without are what the variant's describe must answer where the
	// change was made and where it was not.
	With    map[string]string `yaml:"with"`
	Without map[string]string `yaml:"without"`
	// Moves is a figure that the change must move, such as the number of
	// processes. Where it does not, the change was made and did nothing, and what
	// it earned is NOT RUN: that is not "no effect".
	Moves metric.Name `yaml:"moves"`
}

// The names of the combinations with none and with all of the causes. Another
// is named after its causes: workers-client.
const (
	NoCauses  = "none"
	AllCauses = "all"
)

// A block is to be what somebody can wait for: 32 combinations, or 18 ends. With
// three causes the ends are all combinations there are.
const (
	maxCauses     = 5
	maxCausesEnds = 8
	fewestForEnds = 4
)

// combination is a set of causes: bit i stands for cause i.
type combination uint

func (c combination) Has(cause int) bool { return c&(1<<cause) != 0 }

func (a *Attribution) all() combination { return 1<<len(a.Causes) - 1 }

// Combinations are those of the design, in the order of their variants.
func (a *Attribution) Combinations() (some []combination) {
	if a.Design != EndsOnly {
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

// Has says whether the variant in that place has the cause of that number.
func (a *Attribution) Has(place, cause int) bool { return a.Combinations()[place].Has(cause) }

// Name is that of the combination's variant.
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

// variants are the combinations of the design.
func (a *Attribution) variants() (all []Variant) {
	for _, combination := range a.Combinations() {
		v := Variant{
			Name: a.Name(combination), Build: a.Build, Image: a.Image, Command: slices.Clone(a.Command),
			Args: slices.Clone(a.Args), Env: maps.Clone(a.Env), Expect: maps.Clone(a.Expect),
		}
		for i, c := range a.Causes {
			v.Expect = over(v.Expect, c.Without)
			if combination.Has(i) {
				v.Args = append(v.Args, c.Args...)
				v.Env, v.Expect = over(v.Env, c.Env), over(v.Expect, c.With)
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

// attributionDefaults makes the variants.
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
		a.Design = AllCombinations
	}
	if _, most := a.causes(); len(a.Causes) <= most {
		c.sc.Variants = a.variants()
	}
}

// causes is how many there may be.
func (a *Attribution) causes() (fewest, most int) {
	if a.Design == EndsOnly {
		return fewestForEnds, maxCausesEnds
	}
	return 1, maxCauses
}

func (c checker) attribution() {
	a := c.sc.Attribution
	c.program("attribution", Program{Build: a.Build, Image: a.Image, Command: a.Command}, true)
	known := c.known(c.sc.Beside)
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
		c.expectations(field+".with", cause.With)
		c.expectations(field+".without", cause.Without)
		if cause.Moves == "" && !c.Has(field+".moves") {
			c.Fail(field+".moves", "is missing: name a figure that shows that the change was made, such as processes")
		}
		c.canMeasure(field+".moves", cause.Moves)
	}
}

// Arms are the names of all combinations.
func (a *Attribution) Arms() (names []string) {
	for _, c := range a.Combinations() {
		names = append(names, a.Name(c))
	}
	return names
}
