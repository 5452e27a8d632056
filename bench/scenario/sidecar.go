package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/metric"
)

// Sidecar is a program that runs next to a variant, such as a cache, a proxy, or
// clients that hold connections to it. Every trial starts it afresh. Its memory is not
// part of the variant's and has a metric of its own, sidecar.NAME.memory.
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
	Stop  Stop  `yaml:"stop"` // how it is asked to end; its grace is 10s by default
	Init  bool  `yaml:"init"` // as a variant's
	// After starts it once the variant is ready, and gives it ${variant.address}. Other
	// sidecars start before the variant.
	After bool `yaml:"after"`
}

// Program returns the sidecar as something to start.
func (s Sidecar) Program() Program {
	return Program{Build: s.Build, Image: s.Image, Command: s.Command, Args: s.Args}
}

// Waits reports whether its start waits for a check.
func (s Sidecar) Waits() bool { return s.Ready.TCP || s.Ready.Log != "" || s.Ready.Path != "" }

// Memory returns the metric of its memory.
func (s Sidecar) Memory() metric.Name {
	return metric.Name(metric.SidecarPrefix + s.Name + metric.SidecarMemory)
}

// CPUCounter returns the counter of its CPU time, in seconds.
func (s Sidecar) CPUCounter() string { return metric.SidecarPrefix + s.Name + ".cpu_seconds" }

// SidecarsFor returns the sidecars of a variant, the scenario's first.
func (s *Scenario) SidecarsFor(v Variant) []Sidecar { return slices.Concat(s.Sidecars, v.Sidecars) }

// allSidecars returns the sidecars of all variants, each once.
func (s *Scenario) allSidecars() (all []Sidecar) {
	all = slices.Clone(s.Sidecars)
	for _, v := range s.Variants {
		all = append(all, v.Sidecars...)
	}
	return all
}

// SidecarsOf returns the sidecars of an arm.
func (s *Scenario) SidecarsOf(arm string) []Sidecar {
	for _, v := range s.AllArms() {
		if v.Name == arm {
			return s.SidecarsFor(v)
		}
	}
	return nil
}

// reservedNames are for the engine's own programs and for placeholders.
var reservedNames = []string{"database", "files", "postgres", "sampler", "seed", "upstream", "variant"}

// sidecars checks a list of sidecars; earlier are the ones that every variant has. Names
// in a network ignore case.
func (c checker) sidecars(field string, all, earlier []Sidecar) {
	taken := names{}
	for _, e := range earlier {
		taken[strings.ToLower(e.Name)] = true
	}
	for i, one := range all {
		field := fmt.Sprintf("%s[%d]", field, i)
		name := strings.ToLower(one.Name)
		taken.add(c, field+".name", name, "sidecar")
		if head, _, _ := strings.Cut(name, "-"); slices.Contains(reservedNames, head) {
			c.Fail(field+".name", "%q begins with %s, which is reserved: take another name", one.Name, head)
		}
		one.Program().Check(c.Document, field, true, c.in.Builds)
		c.sidecarReady(field, one)
		c.placeholdersOf(field, one.Program(), one.Env, c.knownTo(one, slices.Concat(earlier, all[:i])))
	}
}

// sidecarMetric requires that each variant of a claim has the sidecar that its metric
// names.
func (c checker) sidecarMetric(field string, cl Claim) {
	d, _ := metric.Lookup(cl.Metric)
	if !d.Needs.Include(metric.FromSidecars) || c.Bad(field) {
		return
	}
	name, _ := d.Member(cl.Metric)
	for _, of := range cl.Variants() {
		v, known := c.sc.Variant(of)
		if known && !slices.ContainsFunc(c.sc.SidecarsFor(v), func(one Sidecar) bool { return one.Name == name }) {
			c.Fail(field, "variant %s has no sidecar %q: add it to the variant's sidecars, or claim another metric", of, name)
		}
	}
}

func (c checker) sidecarReady(field string, one Sidecar) {
	if c.Has(field+".port") || one.Port != 0 {
		c.between(field+".port", one.Port, 1, 65535)
	}
	if one.Port == 0 && (one.Ready.TCP || one.Ready.Path != "") {
		c.Fail(field+".ready", "tcp and path need a port: set port, or use log")
	}
	switch {
	case one.Waits() || c.Has(field+".ready.log") || c.Has(field+".ready.times"):
		one.Ready.Check(c.Document, field+".ready")
	case c.Has(field + ".ready"):
		c.Fail(field+".ready", "has no check: want tcp or path with a port, or log")
	}
}
