package scenario

import (
	"maps"
	"regexp"
	"slices"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario/load"
)

// maxBlocks is a run of days.
const maxBlocks = 100

func (c checker) check() {
	s := c.sc
	c.matches("name", s.Name, identifier, "letters, digits and dashes")
	c.between("port", s.Port, 1, 65535)
	c.between("blocks", s.Blocks, 2, maxBlocks)
	c.between("max_repeats", s.MaxRepeats, 0, 100)
	c.limits()
	s.Ready.Check(c.Document, "ready")
	c.sidecars("sidecars", s.Sidecars, nil)
	c.reports()
	if s.Attribution != nil {
		c.attribution()
	} else {
		c.variants()
	}
	c.env("env", s.Env, c.known(s.Sidecars))
	s.Database.Seed.Check(c.Document, "database.seed", false, c.in.Builds)
	c.load()
	s.Noise.Check(c.Document, "noise")
	c.claims()
	c.analyses()
	c.controls()
}

// The smallest limits that Docker accepts.
const (
	leastCPUs   metric.CPUs  = 0.01
	leastMemory metric.Bytes = 6 << 20
)

func (c checker) limits() {
	l := c.sc.Limits
	if l.CPUs < leastCPUs || l.CPUs > 1024 {
		c.Fail("limits.cpus", "%s is out of range: want %s to 1024", l.CPUs, leastCPUs)
	}
	if c.Has("limits.memory") && l.Memory < leastMemory {
		c.Fail("limits.memory", "%s is less than a container can have: want at least %dMiB, or drop the line for no limit",
			metric.FormatValue(float64(l.Memory), metric.UnitBytes), leastMemory>>20)
	}
	if l.CPUSet != "" {
		c.matches("limits.cpuset", l.CPUSet, cpuList, "a list of processors such as 0-1 or 0,2")
	}
}

// reports checks the sources of what a variant reports about itself.
func (c checker) reports() {
	s := c.sc
	if s.InfoPath != "" {
		c.path("info_path", s.InfoPath)
	}
	if s.CountersPath != "" {
		c.path("counters_path", s.CountersPath)
	} else if len(s.UnchangedCounters) > 0 {
		c.Fail("unchanged_counters", "needs counters_path: set it to the path of the counters")
	}
	for _, name := range slices.Sorted(maps.Keys(s.LogLines)) {
		c.matches("log_lines."+name, name, identifier, "a name of letters, digits and dashes")
		if s.LogLines[name] == "" {
			c.Fail("log_lines."+name, "is empty, and every line contains it: want a text that only the counted lines contain")
		}
	}
}

var (
	identifier = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*$`)
	userName   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$`)
	userNumber = regexp.MustCompile(`^[0-9]+(:[0-9]+)?$`)
	cpuList    = regexp.MustCompile(`^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$`)
)

// names are the taken names of a list, reserved ones included.
type names map[string]bool

// add checks the form of a name, and refuses a taken one. of is what the list holds.
func (n names) add(c checker, field, name, of string) {
	c.matches(field, name, identifier, "letters, digits and dashes")
	if name != "" && n[name] {
		c.Fail(field, "%q is taken: give each %s a name of its own", name, of)
	}
	n[name] = true
}

func (c checker) matches(field, text string, re *regexp.Regexp, want string) {
	if text == "" {
		c.Fail(field, "is missing: want %s", want)
	} else if !re.MatchString(text) {
		c.Fail(field, "%q: want %s", text, want)
	}
}

func (c checker) between(field string, n, low, high int) {
	if n < low || n > high {
		c.Fail(field, "%d is out of range: want %d to %d", n, low, high)
	}
}

func (c checker) path(field, path string) {
	if path == "" || path[0] != '/' {
		c.Fail(field, "%q: want a path that begins with /, such as /healthz", path)
	}
}

// canMeasure refuses a metric that the scenario has no source for.
func (c checker) canMeasure(field string, m metric.Name) {
	s := c.sc
	d, _ := metric.Lookup(m)
	name, _ := d.Member(m)
	if d.Needs.Include(metric.FromCounters) && s.CountersPath == "" {
		c.Fail(field, "%s needs counters_path: set it to the path of the counters", m)
	}
	if d.Needs.Include(metric.FromLog) && s.LogLines[name] == "" {
		c.Fail(field, "%s needs log_lines: add %s with the text of the lines to count", m, name)
	}
	if d.Needs.Include(metric.FromSidecars) && !slices.ContainsFunc(s.allSidecars(), func(one Sidecar) bool { return one.Name == name }) {
		c.Fail(field, "%s needs a sidecar: add %s to sidecars", m, name)
	}
	if d.Needs.Include(metric.FromRequests) && !c.Bad("load.phases") && s.Window().Rests() {
		c.Fail(field, "%s needs requests, and the window has a rate of 0/s: give it a rate above 0", m)
	}
	if d.Needs.Include(metric.FromSteps) && !slices.ContainsFunc(s.Load.Phases, func(p load.Phase) bool { return p.CapacityStep }) {
		c.Fail(field, "%s needs capacity steps: add phases with capacity_step: true, each at a higher rate", m)
	}
}
