// Package scenario reads what a person wrote: variants, load, limits, claims. Each
// mistake is named with its line, its column and what to write instead. What can't be
// run or decided is refused here, before anything starts.
package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/scenario/load"
	"github.com/memproof/memproof/bench/scenario/secret"

	"github.com/memproof/memproof/bench/metric"
)

// Scenario is one YAML file: what is compared, under which load, within which
// limits, and what is claimed. [ParseScenario] is the only way to make a valid
// one.
type Scenario struct {
	Name  string `yaml:"name"`                     // names the run directory: letters, digits and dashes
	About string `yaml:"about" also:"description"` // one paragraph for the report
	// Extends is a file with what several scenarios share, see [Inputs.bases]. Once
	// both are read it is empty.
	Extends string `yaml:"extends" also:"include,base,inherits,parent"`

	Variants []Variant `yaml:"variants" also:"services_under_test,versions,candidates"`
	// Attribution makes the variants in the place of a list; optional.
	Attribution *Attribution      `yaml:"attribution"`
	Env         map[string]string `yaml:"env" also:"environment,variables"`         // for every variant, see [Variant.Env]
	EnvFile     string            `yaml:"env_file" also:"envfile,environment_file"` // of more such, NAME=VALUE a line
	// Files are files of the scenario's folder, for every variant, and where in a
	// container each is laid. A process of the host finds them in ${files}; so does
	// a container those for which no place is given.
	Files map[string]string `yaml:"files" also:"volumes,mounts,configs"`
	Port  int               `yaml:"port" also:"ports,expose"`                                 // where a variant listens inside its container
	Ready Ready             `yaml:"ready" also:"healthcheck,health,readiness,readinessProbe"` // when a variant may be loaded
	Stop  Stop              `yaml:"stop" also:"shutdown,stop_signal,stop_grace_period"`       // how a variant is ended
	// Init puts Docker's init before a variant in its container, as docker run
	// --init does: the init is process 1, passes signals on and reaps orphans. The
	// host engine needs none, and says so among the facts: there a variant is no
	// process 1, and signals that it does not handle end it.
	Init     bool   `yaml:"init"`
	Describe string `yaml:"describe"` // path of a flat JSON object that says what the variant is; optional

	// Counters is the path of a flat JSON object whose numbers a variant tells of
	// itself; each is a metric, service.NAME. Those named in Unchanged must not
	// change under load, such as a count of restarts. Both are optional.
	Counters  string   `yaml:"counters"`
	Unchanged []string `yaml:"unchanged"`
	// LogLines are texts by name: how many lines of a variant's log hold one is a
	// metric, log.NAME. Optional.
	LogLines map[string]string `yaml:"log_lines"`

	// Beside are programs that every variant has beside it; optional.
	Beside []Companion `yaml:"beside" also:"depends_on,sidecars,dependencies"`

	Limits   Limits    `yaml:"limits" also:"resources,limit"`
	Database Database  `yaml:"database" also:"postgres,db"`
	Upstream Upstream  `yaml:"upstream"`
	Load     load.Load `yaml:"load"`

	Noise NoiseLimits `yaml:"noise"` // of the rest of the machine

	Blocks int `yaml:"blocks" also:"repetitions,repeat,runs,rounds"` // trials of every variant; a claim at 5% needs 6
	// Looks are the numbers of blocks after which the claims are looked at: the run
	// ends with the first that decides them all. By default there is one, at the end.
	Looks   []int  `yaml:"looks"`
	Replace int    `yaml:"replace"` // how many disturbed trials may be run again
	Seed    uint64 `yaml:"seed"`    // of the order of trials and of the requests

	Claims []Claim `yaml:"claims" also:"assertions,thresholds,checks"`
	// Controls is never nil in a scenario that was parsed; it is in a run from
	// before there were controls.
	Controls *Controls `yaml:"controls"`

	inputs   map[string][]byte // the files that it names, see [Scenario.WriteInputs]
	private  map[string]bool   // of them, those that not everybody may read
	envFiles map[string][]byte // which a run directory does not hold
	secrets  *secret.Vault
	copy     []byte // its text without them
	spikes   bool   // the run is of format 2, whose arm SPIKE held memory and delay
}

// Variant is one build and configuration of the service under test.
type Variant struct {
	Name string `yaml:"name"`

	Build   Build    `yaml:"build"` // what it is, see [Program]
	Image   string   `yaml:"image" also:"docker_image,container"`
	Command []string `yaml:"command" also:"cmd,entrypoint"`
	Args    []string `yaml:"args" also:"arguments"`

	// Env is added to the scenario's. A value, as one of Args and Command and the
	// text of Files, may hold ${database.url}, ${upstream.url}, ${upstream.ca} (a
	// PEM certificate), ${port}, ${cpus}, ${files}, the directory of Files,
	// ${NAME.address} of a companion, and ${env.NAME} of memproof's own environment,
	// whose value is kept nowhere and shown nowhere.
	Env     map[string]string `yaml:"env" also:"environment,variables"`
	EnvFile string            `yaml:"env_file" also:"envfile,environment_file"` // of more such, NAME=VALUE a line
	User    string            `yaml:"user"`                                     // in its container, by name or number, perhaps with :group; the image's by default
	// Files are added to the scenario's.
	Files map[string]string `yaml:"files" also:"volumes,mounts,configs"`
	// Beside are added to the scenario's.
	Beside []Companion `yaml:"beside" also:"depends_on,sidecars,dependencies"`
	// Expect is what Describe must answer, key by key; anything else makes the
	// trial invalid, for it measured the wrong thing.
	Expect map[string]string `yaml:"expect"`
}

// Program is the variant as something to start.
func (v Variant) Program() Program {
	return Program{Build: v.Build, Image: v.Image, Command: v.Command, Args: v.Args}
}

// Ready is the check that ends a variant's start: one of Path, TCP and Log.
type Ready struct {
	Path string `yaml:"path" also:"url,uri"` // a GET of it answers 200; / by default
	TCP  bool   `yaml:"tcp"`                 // the port takes a connection
	// Log is a text that a line of the variant's log holds, and Times how many such
	// lines there must be, as with one from each of its workers; 1 by default.
	Log    string        `yaml:"log"`
	Times  int           `yaml:"times"`
	Within time.Duration `yaml:"within"`
}

// Limits are what a variant may use. The host engine can pin processors but
// has no means to limit memory; the report says so.
type Limits struct {
	// CPUs is the CPU quota. ${cpus} is its next whole number: what a program takes
	// for its number of processors. The host engine, which has no quota, pins a
	// variant to so many processors.
	CPUs   metric.CPUs  `yaml:"cpus" also:"cpu,processors,cores"`
	Memory metric.Bytes `yaml:"memory" also:"mem,mem_limit,ram"` // 0: no limit
	CPUSet string       `yaml:"cpuset"`                          // processors in the kernel's list format, "0-1"; optional
}

// Database is the Postgres of a run, which is started where something asks for
// it, see [Scenario.NeedsDatabase]. Every trial gets a fresh copy of what Seed
// made.
type Database struct {
	Seed     Program           `yaml:"seed"`     // fills the database named in DATABASE_URL, once a run
	Rows     string            `yaml:"rows"`     // SQL for one number that grows by one with each 200; optional
	Settings map[string]string `yaml:"settings"` // of the server, shown in the report
}

// NeedsDatabase says whether the scenario has a use for Postgres: it says
// something of it, or gives a variant its URL.
func (s *Scenario) NeedsDatabase() bool {
	d := s.Database
	if !d.Seed.IsZero() || d.Rows != "" || len(d.Settings) > 0 {
		return true
	}
	return slices.ContainsFunc(s.texts(), func(text string) bool { return strings.Contains(text, "${database.url}") })
}

// texts are those in which placeholders are replaced.
func (s *Scenario) texts() (all []string) {
	all = slices.Collect(maps.Values(s.Env))
	for _, v := range s.Variants {
		all = slices.Concat(all, slices.Collect(maps.Values(v.Env)), v.Args, v.Command)
		for name := range s.FilesOf(v) {
			all = append(all, string(s.inputs[name]))
		}
	}
	for _, one := range s.allCompanions() {
		all = append(all, s.companionTexts(one)...)
	}
	return all
}

// FilesOf are the files that a variant gets, and where in a container each goes.
func (s *Scenario) FilesOf(v Variant) map[string]string {
	all := map[string]string{}
	maps.Copy(all, s.Files)
	maps.Copy(all, v.Files)
	return all
}

// Input is the text of a file that the scenario names.
func (s *Scenario) Input(name string) []byte { return s.inputs[name] }

// Upstream is the stand-in for the service that variants call. It lives for
// the whole run.
type Upstream struct {
	Build Build    `yaml:"build"` // a Go package
	Args  []string `yaml:"args" also:"arguments"`
}

// Variant returns the variant of that name.
func (s *Scenario) Variant(name string) (Variant, bool) {
	for _, v := range s.Variants {
		if v.Name == name {
			return v, true
		}
	}
	return Variant{}, false
}

// Window is the phase that figures are taken from.
func (s *Scenario) Window() load.Phase {
	for _, p := range s.Load.Phases {
		if p.Measure {
			return p
		}
	}
	return load.Phase{}
}

// WindowEnd is when the window ends, from the load's beginning.
func (s *Scenario) WindowEnd() (d time.Duration) {
	for _, p := range s.Load.Phases {
		d += p.For
		if p.Measure {
			break
		}
	}
	return d
}

// LoadLength is how long the phases last together.
func (s *Scenario) LoadLength() (d time.Duration) {
	for _, p := range s.Load.Phases {
		d += p.For
	}
	return d
}

// ScheduledHits is how many requests the load has.
func (s *Scenario) ScheduledHits() (n uint64) {
	for _, p := range s.Load.Phases {
		n += p.Hits()
	}
	return n
}

// VariantNames are the variants in the scenario's order.
func (s *Scenario) VariantNames() []string {
	names := make([]string, len(s.Variants))
	for i, v := range s.Variants {
		names[i] = v.Name
	}
	return names
}

// Asked is what the hit asked for, of the scenario's [load.Load.Mix].
func Asked(h metric.Hit, mix []load.Target) (*load.Target, error) {
	if h.Target < 0 || h.Target >= len(mix) {
		return nil, fmt.Errorf("hit %d has target %d, the scenario has %d", h.Seq, h.Target, len(mix))
	}
	return &mix[h.Target], nil
}
