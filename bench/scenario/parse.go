package scenario

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/scenario/load"
	"github.com/memproof/memproof/bench/scenario/secret"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/internal/strictyaml"
	"github.com/memproof/memproof/bench/metric"
)

// ParseScenario reads a scenario, fills in the defaults, and refuses one that cannot be
// run or decided. The error lists every mistake, one per line, with file, line, column
// and field. It also reads the traces and data that the scenario names, and the
// scenario that it extends, from the folder of the file.
func ParseScenario(file string, text []byte) (*Scenario, error) {
	return Inputs{Dir: filepath.Dir(file)}.ParseScenario(file, text)
}

// ParseScenario is [ParseScenario] with other inputs.
func (in Inputs) ParseScenario(file string, text []byte) (*Scenario, error) {
	sc := &Scenario{inputs: map[string][]byte{}, private: map[string]bool{}, envFiles: map[string][]byte{}, secrets: secret.New()}
	h := &secret.Concealer{Vault: sc.secrets, Document: reflect.TypeFor[Scenario]()}
	c := checker{strictyaml.Decode(file, text, sc, h.Change, in.bases()), sc, in}
	if c.Unknown("services") {
		c.Instead("this is a compose file, and no scenario: memproof init IMAGE writes one for an image of it")
	}
	if c.isBase() {
		c.Fail("", "has neither name nor variants, so it is a base and no scenario: a scenario takes it in by extends: FILE")
		return nil, c.Err()
	}
	c.references(h.Uses)
	c.cutLong()
	c.defaults()
	c.readInputs()
	c.check()
	sc.copy = sc.secrets.ConcealComments(c.Changed(text))
	sc.secrets.Build(sc.copy)
	if err := c.Err(); err != nil {
		return nil, err
	}
	return sc, nil
}

// cutLong refuses lists that are too long to run, and shortens them so that the other
// checks end quickly.
func (c checker) cutLong() {
	s := c.sc
	cut(c, "variants", &s.Variants, 64)
	cut(c, "claims", &s.Claims, 500)
	cut(c, "load.phases", &s.Load.Phases, 500)
	cut(c, "load.targets", (*[]load.Target)(&s.Load.Targets), maxTargets)
	cut(c, "sidecars", &s.Sidecars, 32)
	for i := range s.Variants {
		cut(c, fmt.Sprintf("variants[%d].sidecars", i), &s.Variants[i].Sidecars, 32)
	}
}

func cut[T any](c checker, field string, list *[]T, most int) {
	if n := len(*list); n > most {
		c.Fail(field, "%d are too many: want at most %d", n, most)
		*list = (*list)[:most]
	}
}

// checker finds mistakes in a well-formed scenario.
type checker struct {
	*strictyaml.Document
	sc *Scenario
	in Inputs
}

func (c checker) defaults() {
	s := c.sc
	number := func(field string, n *int, value int) {
		if !c.Has(field) {
			*n = value
		}
	}
	number("port", &s.Port, 8000)
	number("blocks", &s.Blocks, 6)
	if n := len(s.InterimAnalyses); n > 0 && !c.Has("blocks") && !c.Bad("interim_analyses") {
		s.Blocks = s.InterimAnalyses[n-1]
	}
	unless(c.Has("limits.cpus"), &s.Limits.CPUs, 2)
	c.readyDefaults()
	c.sidecarDefaults("sidecars", s.Sidecars)
	for i := range s.Variants {
		c.sidecarDefaults(fmt.Sprintf("variants[%d].sidecars", i), s.Variants[i].Sidecars)
	}
	s.Stop.Grace = cmp.Or(s.Stop.Grace, defaultGrace)
	c.loadDefaults()
	if !c.Has("seed") {
		s.Seed = 1
	}
	c.attributionDefaults()
	for i := range s.Claims {
		s.Claims[i].ID = cmp.Or(s.Claims[i].ID, fmt.Sprintf("claim-%d", i+1))
		c.equalities(fmt.Sprintf("claims[%d]", i), &s.Claims[i])
	}
	s.controlDefaults()
}

func (c checker) check() {
	c.matches("name", c.sc.Name, identifier, "letters, digits and dashes")
	c.between("port", c.sc.Port, 1, 65535)
	c.between("blocks", c.sc.Blocks, 2, stats.MaxSignFlip)
	c.between("max_repeats", c.sc.MaxRepeats, 0, 100)
	if n := c.sc.Limits.CPUs; n < leastCPUs || n > 1024 {
		c.Fail("limits.cpus", "%s is out of range: want %s to 1024", n, leastCPUs)
	}
	if m := c.sc.Limits.Memory; c.Has("limits.memory") && !c.Bad("limits.memory") && m < leastMemory {
		c.Fail("limits.memory", "%s is less than a container can have, 6MiB: write more, or drop the line for no limit", metric.FormatValue(float64(m), metric.UnitBytes))
	}
	c.notZero()
	c.ready("ready", c.sc.Ready)
	c.sidecars("sidecars", c.sc.Sidecars, nil)
	if c.sc.InfoPath != "" {
		c.path("info_path", c.sc.InfoPath)
	}
	if c.sc.CountersPath != "" {
		c.path("counters_path", c.sc.CountersPath)
	} else if len(c.sc.UnchangedCounters) > 0 {
		c.Fail("unchanged_counters", "needs the scenario's counters: the path that tells them")
	}
	for _, name := range slices.Sorted(maps.Keys(c.sc.LogLines)) {
		c.matches("log_lines."+name, name, identifier, "a name of letters, digits and dashes")
		if c.sc.LogLines[name] == "" {
			c.Fail("log_lines."+name, "is empty, and every line would hold it: want a text that marks the line")
		}
	}
	if c.sc.Attribution != nil {
		c.attribution()
	} else {
		c.variants()
	}
	c.env("env", c.sc.Env, c.known(c.sc.Sidecars))
	c.program("database.seed", c.sc.Database.Seed, false)
	c.load()
	c.noise()
	c.claims()
	c.analyses()
	c.controls()
}

var (
	causeName  = regexp.MustCompile(`^[A-Za-z0-9]+$`) // no dash, because dashes join the names
	identifier = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*$`)
	userName   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$`)
	userNumber = regexp.MustCompile(`^[0-9]+(:[0-9]+)?$`)
	cpuList    = regexp.MustCompile(`^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$`)
)

func (c checker) matches(field, text string, re *regexp.Regexp, want string) {
	if c.Bad(field) {
		return
	}
	if text == "" {
		c.Fail(field, "is missing: want %s", want)
	} else if !re.MatchString(text) {
		c.Fail(field, "%q: want %s", text, want)
	}
}

// untaken refuses a taken name: a reserved one, or an earlier element of the list has it.
func (c checker) untaken(field, name, of string, seen map[string]bool) {
	if name != "" && seen[name] {
		c.Fail(field, "%q is taken: give each %s a name of its own", name, of)
	}
	seen[name] = true
}

func (c checker) between(field string, n, low, high int) {
	if c.Bad(field) {
		return
	}
	if n < low || n > high {
		c.Fail(field, "%d is out of range: want %d to %d", n, low, high)
	}
}

// leastCPUs is the smallest quota that Docker accepts.
const leastCPUs metric.CPUs = 0.01

// leastMemory is the smallest memory limit that Docker accepts.
const leastMemory metric.Bytes = 6 << 20

// notZero refuses a length of 0 in fields whose default applies when they are empty:
// the default would silently replace it.
func (c checker) notZero() {
	fields := []string{"ready.within", "load.max_lag", "load.idle", "load.capacity_latency", "load.target.timeout"}
	for i := range c.sc.Load.Targets {
		fields = append(fields, fmt.Sprintf("load.targets[%d].timeout", i))
	}
	for i := range c.sc.Sidecars {
		fields = append(fields, fmt.Sprintf("sidecars[%d].ready.within", i))
	}
	for i, v := range c.sc.Variants {
		for j := range v.Sidecars {
			fields = append(fields, fmt.Sprintf("variants[%d].sidecars[%d].ready.within", i, j))
		}
	}
	for _, field := range fields {
		if d, err := time.ParseDuration(c.Text(field)); err == nil && d == 0 {
			c.Fail(field, "is 0: want above 0, such as 1s, or drop the line for the default")
		}
	}
}

func (c checker) path(field, path string) {
	if path == "" || path[0] != '/' {
		c.Fail(field, "%q: want a path that begins with /", path)
	}
}

// defaultGrace is longer than the usual grace of a server, often 30 seconds.
const defaultGrace = 45 * time.Second

// canMeasure refuses a metric that the scenario has no source for.
func (c checker) canMeasure(field string, m metric.Name) {
	d, _ := metric.Lookup(m)
	name, _ := d.Member(m)
	if d.Needs.Include(metric.FromCounters) && c.sc.CountersPath == "" {
		c.Fail(field, "%s needs the scenario's counters: the path that tells it", m)
	}
	if d.Needs.Include(metric.FromLog) && c.sc.LogLines[name] == "" {
		c.Fail(field, "%s needs a text in the scenario's log_lines: %s", m, name)
	}
	if d.Needs.Include(metric.FromSidecars) && !slices.ContainsFunc(c.sc.allSidecars(), func(one Sidecar) bool { return one.Name == name }) {
		c.Fail(field, "%s needs a program of that name in sidecars", m)
	}
	if d.Needs.Include(metric.FromRequests) && !c.Bad("load.phases") && c.sc.Window().Rests() {
		c.Fail(field, "%s needs requests, and the window is a rest at 0/s: give it a rate", m)
	}
	if d.Needs.Include(metric.FromProbes) && !slices.ContainsFunc(c.sc.Load.Phases, func(p load.Phase) bool { return p.CapacityStep }) {
		c.Fail(field, "%s needs phases with capacity_step: true, each at a higher rate", m)
	}
}
