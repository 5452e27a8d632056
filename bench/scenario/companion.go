package scenario

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// Companion is a program that a variant has beside it: a cache, a proxy, those who
// hold connections to it. Every trial starts it afresh. What it holds is no part of
// the variant's memory and has a metric of its own, beside.NAME.memory.
type Companion struct {
	// Name is also how others in the network of containers call it. ${NAME.address}
	// is host:port, on either engine.
	Name string `yaml:"name"`

	Build   Build             `yaml:"build"` // what it is, see [Program]
	Image   string            `yaml:"image" also:"docker_image,container"`
	Command []string          `yaml:"command" also:"cmd,entrypoint"`
	Args    []string          `yaml:"args" also:"arguments"`
	Env     map[string]string `yaml:"env" also:"environment,variables"`    // with placeholders, as a variant's
	Files   map[string]string `yaml:"files" also:"volumes,mounts,configs"` // as a variant's

	Port int `yaml:"port" also:"ports,expose"` // where it listens inside its container, and ${port}; 0: nowhere
	// Ready is by default, where it has a port, that it takes a connection there;
	// else that it was started.
	Ready Ready `yaml:"ready" also:"healthcheck,health,readiness"`
	Stop  Stop  `yaml:"stop"` // how it is ended; its grace is 10s by default
	Init  bool  `yaml:"init"` // as a variant's
	// After says that it is started once the variant is ready, whose address is then
	// ${variant.address}; others are there before the variant.
	After bool `yaml:"after"`
}

// Program is the companion as something to start.
func (c Companion) Program() Program {
	return Program{Build: c.Build, Image: c.Image, Command: c.Command, Args: c.Args}
}

// Waits says whether there is anything to wait for when it was started.
func (c Companion) Waits() bool { return c.Ready.TCP || c.Ready.Log != "" || c.Ready.Path != "" }

// Memory is the metric of what it holds.
func (c Companion) Memory() metric.Name {
	return metric.Name(metric.BesidePrefix + c.Name + metric.BesideMemory)
}

// CPUCounter is the counter of its CPU time, in seconds.
func (c Companion) CPUCounter() string { return metric.BesidePrefix + c.Name + ".cpu_seconds" }

// Companions are those of a variant, the scenario's first.
func (s *Scenario) Companions(v Variant) []Companion { return slices.Concat(s.Beside, v.Beside) }

// allCompanions are those of every variant, each once.
func (s *Scenario) allCompanions() (all []Companion) {
	all = slices.Clone(s.Beside)
	for _, v := range s.Variants {
		all = append(all, v.Beside...)
	}
	return all
}

// CompanionsOf are those of an arm.
func (s *Scenario) CompanionsOf(arm string) []Companion {
	for _, v := range s.AllArms() {
		if v.Name == arm {
			return s.Companions(v)
		}
	}
	return nil
}

func (c checker) companionDefaults(field string, all []Companion) {
	for i := range all {
		r := &all[i].Ready
		if !r.TCP && r.Log == "" && r.Path == "" {
			r.TCP = all[i].Port != 0
		}
		c.waitDefaults(fmt.Sprintf("%s[%d].ready", field, i), r)
		all[i].Stop.Grace = cmp.Or(all[i].Stop.Grace, companionGrace)
	}
}

// companionGrace is short: what a companion would save is gone with its trial.
const companionGrace = 10 * time.Second

// ownNames are those of the engine's own programs, and of placeholders.
var ownNames = []string{"database", "files", "postgres", "sampler", "seed", "upstream", "variant"}

// companions checks a list; earlier are those that every variant has besides.
func (c checker) companions(field string, all, earlier []Companion) {
	seen := map[string]bool{}
	for _, e := range earlier {
		seen[strings.ToLower(e.Name)] = true
	}
	for i, one := range all {
		field := fmt.Sprintf("%s[%d]", field, i)
		c.matches(field+".name", one.Name, identifier, "letters, digits and dashes")
		name := strings.ToLower(one.Name) // as names in a network are the same in any case
		c.untaken(field+".name", name, "companion", seen)
		head, _, _ := strings.Cut(name, "-")
		if slices.Contains(ownNames, head) {
			c.Fail(field+".name", "%q begins like a program of the engine, %s: take another", one.Name, head)
		}
		c.program(field, one.Program(), true)
		c.companionReady(field, one)
		c.placeholdersOf(field, one.Program(), one.Env, c.knownTo(one, slices.Concat(earlier, all[:i])))
	}
}

// besideOf wants the companion whose memory is asked for beside each of a claim's
// variants.
func (c checker) besideOf(field string, cl Claim) {
	d, _ := metric.Lookup(cl.Metric)
	if !d.Needs.Include(metric.FromSidecars) || c.Bad(field) {
		return
	}
	name, _ := d.Member(cl.Metric)
	has := func(one Companion) bool { return one.Name == name }
	for _, of := range cl.Variants() {
		if v, known := c.sc.Variant(of); known && !slices.ContainsFunc(c.sc.Companions(v), has) {
			c.Fail(field, "%s has no program %q beside it", of, name)
		}
	}
}

func (c checker) companionReady(field string, one Companion) {
	if c.Has(field+".port") || one.Port != 0 {
		c.between(field+".port", one.Port, 1, 65535)
	}
	if one.Port == 0 && (one.Ready.TCP || one.Ready.Path != "") {
		c.Fail(field+".ready", "asks at a port, and none is given: write port, or wait for a text of its log")
	}
	switch {
	case one.Waits() || c.Has(field+".ready.log") || c.Has(field+".ready.times"):
		c.ready(field+".ready", one.Ready)
	case c.Has(field + ".ready"):
		c.Fail(field+".ready", "asks for nothing: want tcp or a path, beside a port, or a text of its log")
	}
}

// knownTo are the placeholders of a companion.
func (c checker) knownTo(one Companion, earlier []Companion) []string {
	known := c.known(earlier)
	if one.Port == 0 {
		known = slices.DeleteFunc(known, func(name string) bool { return name == "port" })
	}
	if one.After {
		known = append(known, "variant.address")
	}
	return known
}

// addresses are the placeholders of companions that are there before the variant.
func addresses(all []Companion) (names []string) {
	for _, one := range all {
		if one.Port != 0 && !one.After {
			names = append(names, one.Name+".address")
		}
	}
	return names
}

// companionTexts are those of a companion in which placeholders are replaced.
func (s *Scenario) companionTexts(one Companion) []string {
	all := slices.Concat(slices.Collect(maps.Values(one.Env)), one.Args, one.Command)
	for name := range one.Files {
		all = append(all, string(s.inputs[name]))
	}
	return all
}
