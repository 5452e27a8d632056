// Package scenario reads the file that a person wrote: variants, load, limits, claims.
// Each mistake is reported with its line, its column and the right text. A scenario
// that cannot be run or decided is refused here, before anything starts.
package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/scenario/load"
	"github.com/memproof/memproof/bench/scenario/noise"
	"github.com/memproof/memproof/bench/scenario/secret"

	"github.com/memproof/memproof/bench/metric"
)

// Scenario is one YAML file: the variants, their load and limits, and the claims. Only
// [ParseScenario] makes a valid one.
type Scenario struct {
	Name  string `yaml:"name"`                     // names the run directory: letters, digits and dashes
	About string `yaml:"about" also:"description"` // one paragraph for the report
	// Extends is a file with settings that several scenarios share, see [Inputs.bases].
	// It is empty once both are read.
	Extends string `yaml:"extends" also:"include,base,inherits,parent"`

	Variants []Variant `yaml:"variants" also:"services_under_test,versions,candidates"`
	// Attribution creates the variants, instead of a list; optional.
	Attribution *Attribution      `yaml:"attribution"`
	Env         map[string]string `yaml:"env" also:"environment,variables" secret:"hide"` // for every variant, see [Variant.Env]
	EnvFile     string            `yaml:"env_file" also:"envfile,environment_file"`       // a file with more variables, NAME=VALUE a line
	// Files maps files of the scenario's folder to their places in a container, for
	// every variant. A process on the host finds them in ${files}. So does a container,
	// for files without a place.
	Files map[string]string `yaml:"files" also:"volumes,mounts,configs"`
	Port  int               `yaml:"port" also:"ports,expose"`                                 // where a variant listens inside its container
	Ready Ready             `yaml:"ready" also:"healthcheck,health,readiness,readinessProbe"` // when a variant may be loaded
	Stop  Stop              `yaml:"stop" also:"shutdown,stop_signal,stop_grace_period"`       // how a variant is ended
	// Init puts Docker's init before a variant in its container, as docker run --init
	// does: the init is process 1, passes signals on and reaps orphans. The host engine
	// needs none, and records that among the facts. There a variant is not process 1,
	// so signals that it does not handle end it.
	Init     bool   `yaml:"init"`
	InfoPath string `yaml:"info_path" also:"describe,info"` // path of a flat JSON object that describes the variant; optional

	// CountersPath is the path of a flat JSON object with numbers that a variant reports
	// about itself; each is a metric, service.NAME. The ones named in UnchangedCounters
	// must not change under load, such as a count of restarts. Both are optional.
	CountersPath      string   `yaml:"counters_path" also:"counters,stats_path"`
	UnchangedCounters []string `yaml:"unchanged_counters" also:"unchanged"`
	// LogLines maps names to texts. The number of lines in a variant's log that contain
	// a text is a metric, log.NAME. Optional.
	LogLines map[string]string `yaml:"log_lines"`

	// Sidecars are the sidecars of every variant; optional.
	Sidecars []Sidecar `yaml:"sidecars" also:"beside,depends_on,dependencies"`

	Limits   Limits    `yaml:"limits" also:"resources,limit"`
	Database Database  `yaml:"database" also:"postgres,db"`
	Upstream Upstream  `yaml:"upstream"`
	Load     load.Load `yaml:"load"`

	Noise noise.Limits `yaml:"noise"` // limits on the rest of the machine

	Blocks int `yaml:"blocks" also:"repetitions,repeat,runs,rounds"` // trials of every variant; a claim needs 3
	// InterimAnalyses are the numbers of blocks after which the claims are tested. The
	// first analysis that decides a claim closes it, and later blocks leave out arms that no
	// open claim needs. The run ends when no primary claim is open. By default there is
	// one analysis, at the end.
	InterimAnalyses []int  `yaml:"interim_analyses" also:"looks,interims,analyses"`
	MaxRepeats      int    `yaml:"max_repeats" also:"replace,retries"` // the most disturbed trials that are run again
	Seed            uint64 `yaml:"seed"`                               // for the order of trials and for the requests

	Claims []Claim `yaml:"claims" also:"assertions,thresholds,checks"`
	// Controls is never nil in a parsed scenario.
	Controls *Controls `yaml:"controls"`

	inputs   map[string][]byte // the files that it names, see [Scenario.WriteInputs]
	private  map[string]bool   // the inputs with restricted permissions
	envFiles map[string][]byte // left out of a run directory
	secrets  *secret.Vault
	copy     []byte // its text without secrets
	spikes   bool   // whether the run is of format 2, whose arm SPIKE has memory and delay
}

// Limits are the resources that a variant may use. The host engine can pin processors
// but cannot limit memory; the report says so.
type Limits struct {
	// CPUs is the CPU quota. ${cpus} is the quota rounded up, for programs that need a
	// number of processors. The host engine has no quota and pins a variant to so many
	// processors.
	CPUs   metric.CPUs  `yaml:"cpus" also:"cpu,processors,cores"`
	Memory metric.Bytes `yaml:"memory" also:"mem,mem_limit,ram"` // 0: no limit
	CPUSet string       `yaml:"cpuset"`                          // processors in the kernel's list format, "0-1"; optional
}

// Database is the Postgres of a run. It is started only if the scenario needs it, see
// [Scenario.NeedsDatabase]. Every trial gets a fresh copy of the seeded database.
type Database struct {
	Seed      Program           `yaml:"seed"`                   // fills the database named in DATABASE_URL, once per run
	RowsQuery string            `yaml:"rows_query" also:"rows"` // SQL that returns one number, which grows by one with each 200; optional
	Settings  map[string]string `yaml:"settings"`               // of the server, shown in the report
}

// NeedsDatabase reports whether the scenario uses Postgres: it has a database section,
// or gives a variant its URL.
func (s *Scenario) NeedsDatabase() bool {
	d := s.Database
	if !d.Seed.IsZero() || d.RowsQuery != "" || len(d.Settings) > 0 {
		return true
	}
	return slices.ContainsFunc(s.texts(), func(text string) bool { return strings.Contains(text, "${database.url}") })
}

// texts returns the texts in which placeholders are replaced.
func (s *Scenario) texts() (all []string) {
	add := func(env, files map[string]string, p Program) {
		all = slices.Concat(all, slices.Collect(maps.Values(env)), p.Args, p.Command)
		for name := range files {
			all = append(all, string(s.inputs[name]))
		}
	}
	add(s.Env, nil, Program{})
	for _, v := range s.Variants {
		add(v.Env, s.FilesOf(v), v.Program())
	}
	for _, one := range s.allSidecars() {
		add(one.Env, one.Files, one.Program())
	}
	return all
}

// FilesOf returns the files that a variant gets, with their places in a container.
func (s *Scenario) FilesOf(v Variant) map[string]string {
	return merged(s.Files, v.Files)
}

// Input returns the content of a file that the scenario names.
func (s *Scenario) Input(name string) []byte { return s.inputs[name] }

// Upstream is the stand-in for the service that variants call. It lives for the whole
// run.
type Upstream struct {
	Build Build    `yaml:"build"` // a Go package
	Args  []string `yaml:"args" also:"arguments" secret:"hide"`
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

// VariantNames returns the names of the variants in the scenario's order.
func (s *Scenario) VariantNames() []string {
	names := make([]string, len(s.Variants))
	for i, v := range s.Variants {
		names[i] = v.Name
	}
	return names
}

// Asked returns the target of a hit, from the scenario's [load.Load.Mix].
func Asked(h metric.Hit, mix []load.Target) (*load.Target, error) {
	if h.Target < 0 || h.Target >= len(mix) {
		return nil, fmt.Errorf("hit %d has target %d, and the scenario has %d targets", h.Seq, h.Target, len(mix))
	}
	return &mix[h.Target], nil
}
