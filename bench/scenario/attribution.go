package scenario

import (
	"cmp"
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
	// Design selects the combinations to run, full_factorial by default. With
	// one_at_a_time they are fewer, and the answers are bounds instead of shares.
	Design Design `yaml:"design"`

	// These fields describe the variant with none of the causes.
	Build   Build             `yaml:"build"`
	Image   string            `yaml:"image" also:"docker_image,container"`
	Command []string          `yaml:"command" also:"cmd,entrypoint" secret:"hide"`
	Args    []string          `yaml:"args" also:"arguments" secret:"hide"`
	Env     map[string]string `yaml:"env" also:"environment,variables" secret:"hide"`
	Expect  map[string]string `yaml:"expect"` // for every combination

	Causes []Cause `yaml:"causes" also:"changes"`
}

// Design selects combinations of causes.
type Design string

// The designs.
const (
	FullFactorial Design = "full_factorial" // every combination
	// OneAtATime runs none of the causes, each alone, all but each, and all: ten
	// combinations of four causes instead of 16.
	OneAtATime Design = "one_at_a_time"
)

// UnmarshalText refuses an unknown design, and explains the old names of the two.
func (d *Design) UnmarshalText(text []byte) error {
	*d = Design(text)
	known := map[Design]Design{"all": FullFactorial, "factorial": FullFactorial, "ends": OneAtATime, "ofat": OneAtATime}
	switch {
	case *d == FullFactorial || *d == OneAtATime:
		return nil
	case known[*d] != "":
		return fmt.Errorf("%q is unknown: did you mean %s?", text, known[*d])
	}
	return fmt.Errorf("%q is unknown: want %s (every combination) or %s (none, each cause alone, all but each, all)", text, FullFactorial, OneAtATime)
}

// Cause is a change to the variant that can be made or left out.
type Cause struct {
	Name      string            `yaml:"name"`
	Statement string            `yaml:"statement" also:"says,title,description,text"`   // the change in its author's words
	Args      []string          `yaml:"args" also:"arguments" secret:"hide"`            // added to the variant's
	Env       map[string]string `yaml:"env" also:"environment,variables" secret:"hide"` // replaces the variant's
	// ExpectWith and ExpectWithout are the answers of the info path with and without
	// the change.
	ExpectWith    map[string]string `yaml:"expect_with" also:"with"`
	ExpectWithout map[string]string `yaml:"expect_without" also:"without"`
	// ManipulationCheck is a metric that the change must move, such as the number of
	// processes. If it does not move, the change had no effect on the service. Its
	// share is then NOT RUN, which differs from "no effect".
	ManipulationCheck metric.Name `yaml:"manipulation_check" also:"moves"`
}

// The names of the combinations with none and with all of the causes. Any other
// combination is named after its causes: workers-client.
const (
	NoCauses  = "none"
	AllCauses = "all"
)

// These limits keep the time of a block bearable: 32 combinations, or 18 one at a time.
// With three causes, one_at_a_time is already every combination.
const (
	maxCauses           = 5
	fewestForOneAtATime = 4
	maxForOneAtATime    = 8
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

// Arms returns the names of all combinations.
func (a *Attribution) Arms() (names []string) {
	for _, c := range a.Combinations() {
		names = append(names, a.Name(c))
	}
	return names
}

// variants returns one variant for each combination of the design.
func (a *Attribution) variants() (all []Variant) {
	for _, combination := range a.Combinations() {
		v := Variant{
			Name: a.Name(combination), Build: a.Build, Image: a.Image, Command: slices.Clone(a.Command),
			Args: slices.Clone(a.Args), Env: merged(a.Env), Expect: merged(a.Expect),
		}
		for i, c := range a.Causes {
			v.Expect = merged(v.Expect, c.ExpectWithout)
			if combination.Has(i) {
				v.Args = append(v.Args, c.Args...)
				v.Env, v.Expect = merged(v.Env, c.Env), merged(v.Expect, c.ExpectWith)
			}
		}
		all = append(all, v)
	}
	return all
}

// merged returns a new map of all entries; a later map replaces those of earlier ones.
func merged(all ...map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	return out
}

// attributionDefaults fills in the defaults and creates the variants.
func (c checker) attributionDefaults() {
	a := c.sc.Attribution
	if a == nil {
		return
	}
	a.Metric = cmp.Or(a.Metric, metric.MemoryMean)
	a.Design = cmp.Or(a.Design, FullFactorial)
	if len(c.sc.Variants) > 0 {
		c.Fail("variants", "does not go with attribution, which creates the variants: keep one of the two")
		return
	}
	if _, most := a.causes(); len(a.Causes) <= most {
		c.sc.Variants = a.variants()
	}
}

// causes returns the fewest and the most causes that are allowed.
func (a *Attribution) causes() (fewest, most int) {
	if a.Design == OneAtATime {
		return fewestForOneAtATime, maxForOneAtATime
	}
	return 1, maxCauses
}

func (c checker) attribution() {
	a := c.sc.Attribution
	Program{Build: a.Build, Image: a.Image, Command: a.Command}.Check(c.Document, "attribution", true, c.in.Builds)
	known := c.known(c.sc.Sidecars)
	c.placeholdersOf("attribution", Program{Command: a.Command, Args: a.Args}, a.Env, known)
	c.expectations("attribution.expect", a.Expect)
	c.canMeasure("attribution.metric", a.Metric)
	fewest, most := a.causes()
	c.between("attribution.causes", len(a.Causes), fewest, most)
	taken := names{NoCauses: true, AllCauses: true}
	for i, cause := range a.Causes {
		field := fmt.Sprintf("attribution.causes[%d]", i)
		taken.add(c, field+".name", cause.Name, "cause")
		if strings.Contains(cause.Name, "-") {
			c.Fail(field+".name", "%q has a dash, which joins the names of causes: want letters and digits", cause.Name)
		}
		c.noControl(field+".name", cause.Name)
		if len(cause.Args) == 0 && len(cause.Env) == 0 {
			c.Fail(field, "has neither args nor env, so it changes nothing: add one of them")
		}
		c.placeholdersOf(field, Program{Args: cause.Args}, cause.Env, known)
		c.expectations(field+".expect_with", cause.ExpectWith)
		c.expectations(field+".expect_without", cause.ExpectWithout)
		if cause.ManipulationCheck == "" {
			c.Fail(field+".manipulation_check", "is missing: want a metric that the change moves, such as processes")
		}
		c.canMeasure(field+".manipulation_check", cause.ManipulationCheck)
	}
}
