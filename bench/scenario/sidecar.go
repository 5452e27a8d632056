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

// Companion is a sidecar: a program that runs next to a variant, such as a cache, a
// proxy, or clients that hold connections to it. Every trial starts it afresh. Its
// memory is not part of the variant's and has a metric of its own, sidecar.NAME.memory.
type Sidecar struct {
	// Name is also its host name in the network of containers. ${NAME.address} is
	// host:port, on either engine.
	Name string `yaml:"name"`

	Build   Build             `yaml:"build"` // its source, see [Program]
	Image   string            `yaml:"image" also:"docker_image,container"`
	Command []string          `yaml:"command" also:"cmd,entrypoint" secret:"hide"`
	Args    []string          `yaml:"args" also:"arguments" secret:"hide"`
	Env     map[string]string `yaml:"env" also:"environment,variables" secret:"hide"` // with placeholders, as a variant's
	Files   map[string]string `yaml:"files" also:"volumes,mounts,configs"`            // as a variant's

	Port int `yaml:"port" also:"ports,expose"` // where it listens inside its container, and ${port}; 0: it does not listen
	// Ready is the check that ends its start. By default it must accept a connection at
	// its port; without a port, it must have started.
	Ready Ready `yaml:"ready" also:"healthcheck,health,readiness"`
	Stop  Stop  `yaml:"stop"` // how it is told to end; its grace is 10s by default
	Init  bool  `yaml:"init"` // as a variant's
	// After starts it once the variant is ready, and gives it ${variant.address}. Other
	// sidecars start before the variant.
	After bool `yaml:"after"`
}

// Program returns the sidecar as something to start.
func (c Sidecar) Program() Program {
	return Program{Build: c.Build, Image: c.Image, Command: c.Command, Args: c.Args}
}

// Waits reports whether its start waits for a check.
func (c Sidecar) Waits() bool { return c.Ready.TCP || c.Ready.Log != "" || c.Ready.Path != "" }

// Memory returns the metric of its memory.
func (c Sidecar) Memory() metric.Name {
	return metric.Name(metric.SidecarPrefix + c.Name + metric.SidecarMemory)
}

// CPUCounter returns the counter of its CPU time, in seconds.
func (c Sidecar) CPUCounter() string { return metric.SidecarPrefix + c.Name + ".cpu_seconds" }

// Companions returns the sidecars of a variant, the scenario's first.
func (s *Scenario) SidecarsFor(v Variant) []Sidecar { return slices.Concat(s.Sidecars, v.Sidecars) }

// allCompanions returns the sidecars of all variants, each once.
func (s *Scenario) allSidecars() (all []Sidecar) {
	all = slices.Clone(s.Sidecars)
	for _, v := range s.Variants {
		all = append(all, v.Sidecars...)
	}
	return all
}

// CompanionsOf returns the sidecars of an arm.
func (s *Scenario) SidecarsOf(arm string) []Sidecar {
	for _, v := range s.AllArms() {
		if v.Name == arm {
			return s.SidecarsFor(v)
		}
	}
	return nil
}

func (c checker) sidecarDefaults(field string, all []Sidecar) {
	for i := range all {
		r := &all[i].Ready
		if !r.TCP && r.Log == "" && r.Path == "" {
			r.TCP = all[i].Port != 0
		}
		c.waitDefaults(fmt.Sprintf("%s[%d].ready", field, i), r)
		all[i].Stop.Grace = cmp.Or(all[i].Stop.Grace, sidecarGrace)
	}
}

// companionGrace is short: the state of a sidecar is discarded after its trial anyway.
const sidecarGrace = 10 * time.Second

// ownNames are reserved for the engine's own programs and for placeholders.
var reservedNames = []string{"database", "files", "postgres", "sampler", "seed", "upstream", "variant"}

// companions checks a list of sidecars; earlier are the ones that every variant has.
func (c checker) sidecars(field string, all, earlier []Sidecar) {
	seen := map[string]bool{}
	for _, e := range earlier {
		seen[strings.ToLower(e.Name)] = true
	}
	for i, one := range all {
		field := fmt.Sprintf("%s[%d]", field, i)
		c.matches(field+".name", one.Name, identifier, "letters, digits and dashes")
		name := strings.ToLower(one.Name) // names in a network ignore case
		c.untaken(field+".name", name, "companion", seen)
		head, _, _ := strings.Cut(name, "-")
		if slices.Contains(reservedNames, head) {
			c.Fail(field+".name", "%q begins like a program of the engine, %s: take another", one.Name, head)
		}
		c.program(field, one.Program(), true)
		c.sidecarReady(field, one)
		c.placeholdersOf(field, one.Program(), one.Env, c.knownTo(one, slices.Concat(earlier, all[:i])))
	}
}

// besideOf requires that each variant of a claim has the sidecar that its metric names.
func (c checker) sidecarMetric(field string, cl Claim) {
	d, _ := metric.Lookup(cl.Metric)
	if !d.Needs.Include(metric.FromSidecars) || c.Bad(field) {
		return
	}
	name, _ := d.Member(cl.Metric)
	has := func(one Sidecar) bool { return one.Name == name }
	for _, of := range cl.Variants() {
		if v, known := c.sc.Variant(of); known && !slices.ContainsFunc(c.sc.SidecarsFor(v), has) {
			c.Fail(field, "%s has no program %q beside it", of, name)
		}
	}
}

func (c checker) sidecarReady(field string, one Sidecar) {
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

// knownTo returns the placeholders that a sidecar may use.
func (c checker) knownTo(one Sidecar, earlier []Sidecar) []string {
	known := c.known(earlier)
	if one.Port == 0 {
		known = slices.DeleteFunc(known, func(name string) bool { return name == "port" })
	}
	if one.After {
		known = append(known, "variant.address")
	}
	return known
}

// addresses returns the placeholders of sidecars that start before the variant.
func addresses(all []Sidecar) (names []string) {
	for _, one := range all {
		if one.Port != 0 && !one.After {
			names = append(names, one.Name+".address")
		}
	}
	return names
}

// companionTexts returns the texts of a sidecar in which placeholders are replaced.
func (s *Scenario) sidecarTexts(one Sidecar) []string {
	all := slices.Concat(slices.Collect(maps.Values(one.Env)), one.Args, one.Command)
	for name := range one.Files {
		all = append(all, string(s.inputs[name]))
	}
	return all
}
