// Package program describes something that a run starts: a build, an image or a command,
// how it becomes ready and how it ends. It starts nothing.
package program

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/internal/strictyaml"
)

// Build is the source of a program: a Go package, written build: ./variants/before, or
// a Dockerfile, written build: {context: ./service}.
type Build struct {
	Package string `yaml:"-"` // Go package

	Context    string            `yaml:"context"`                             // directory, relative to that of go.mod; docker engine only
	Dockerfile string            `yaml:"dockerfile"`                          // within the context, "Dockerfile" by default
	Args       map[string]string `yaml:"args" also:"arguments" secret:"hide"` // build arguments
}

// UnmarshalText reads a Go package.
func (b *Build) UnmarshalText(text []byte) error {
	b.Package = string(text)
	return nil
}

// IsZero reports whether there is nothing to build.
func (b Build) IsZero() bool {
	return b.Package == "" && b.Context == "" && b.Dockerfile == "" && len(b.Args) == 0
}

// String returns the package, or the Dockerfile with its arguments. Equal builds have
// equal strings.
func (b Build) String() string {
	if b.Context == "" {
		return b.Package
	}
	parts := []string{path.Join(b.Context, b.File())}
	for _, name := range slices.Sorted(maps.Keys(b.Args)) {
		parts = append(parts, fmt.Sprintf("%s=%s", name, b.Args[name]))
	}
	return strings.Join(parts, " ")
}

// File returns the Dockerfile's name within the context.
func (b Build) File() string { return cmp.Or(b.Dockerfile, "Dockerfile") }

// Program is something to start: a build, an image, or a command of the machine.
type Program struct {
	Build Build  `yaml:"build"`
	Image string `yaml:"image" also:"docker_image,container"` // container image; docker engine only
	// Command starts it on the host engine. Next to an image or a Dockerfile, the host
	// engine uses the command instead.
	Command []string `yaml:"command" also:"cmd,entrypoint" secret:"hide"`
	Args    []string `yaml:"args" also:"arguments" secret:"hide"` // for the binary or the image; they replace the image's own
}

// IsZero reports whether there is nothing to start.
func (p Program) IsZero() bool { return p.Build.IsZero() && p.Image == "" && len(p.Command) == 0 }

// Check refuses a program that cannot be started. needed: it may not be left out. builds
// is the directory that relative contexts start from; empty: contexts are not checked.
func (p Program) Check(d *strictyaml.Document, field string, needed bool, builds string) {
	b := p.Build
	switch {
	case !b.IsZero() && p.Image != "":
		d.Fail(field+".image", "does not go with build: keep one of the two")
	case b.Package != "" && len(p.Command) > 0:
		d.Fail(field+".command", "does not go with a Go package, which either engine can start: keep one of the two")
	case needed && p.IsZero() && !d.Bad(field):
		d.Fail(field, "has nothing to start: want build (a Go package such as ./variants/before, or {context: ./service} with a Dockerfile), image or command")
	case len(p.Command) > 0 && p.Command[0] == "":
		d.Fail(field+".command", "names no program: want one of this machine, such as [nginx, -g, 'daemon off;']")
	case b.Package == "" && !b.IsZero() && b.Context == "" && !d.Bad(field):
		d.Fail(field+".build.context", "is missing: want the directory of the Dockerfile, such as ./service")
	case len(p.Command) > 0 && len(p.Args) > 0 && p.Image == "" && b.IsZero():
		d.Fail(field+".args", "are for a build or an image: write them into command")
	}
	if b.Context != "" && builds != "" {
		b.checkContext(d, field+".build", builds)
	}
	if p.Image != "" && !imageName.MatchString(p.Image) {
		d.Fail(field+".image", "%q: want the name of an image in lower case, such as nginx:1.27 or registry.example:5000/shop/web:1.2", p.Image)
	}
	if b.Dockerfile != "" && !filepath.IsLocal(b.Dockerfile) {
		d.Fail(field+".build.dockerfile", "%q: want a file within the context, such as deploy/Dockerfile", b.Dockerfile)
	}
}

// checkContext refuses a missing directory, or one without a Dockerfile.
func (b Build) checkContext(d *strictyaml.Document, field, builds string) {
	dir := b.Context
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(builds, dir)
	}
	file := filepath.Join(dir, b.File())
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		d.Fail(field+".context", "%s: no such directory: want the directory of a Dockerfile, relative to that of go.mod", dir)
	} else if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
		return
	} else if b.Dockerfile != "" {
		d.Fail(field+".dockerfile", "%s: no such file: want the path of a Dockerfile within the context", file)
	} else {
		d.Fail(field+".context", "%s: has no Dockerfile: add one, or set dockerfile to its name", dir)
	}
}

// imageName matches Docker's image names: a registry, a path in lower case, a tag, a
// digest.
var imageName = regexp.MustCompile(`^([A-Za-z0-9.-]+(:[0-9]+)?/|\[[0-9A-Fa-f:]+\](:[0-9]+)?/)?` +
	`[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*` +
	`(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@[A-Za-z0-9+._-]+:[0-9A-Fa-f]{32,})?$`)

// Stop sets how a variant is asked to end.
type Stop struct {
	Signal StopSignal `yaml:"signal"` // by default the image's own, else TERM
	// Grace is the time until it is killed, 45s by default.
	Grace time.Duration `yaml:"grace"`
}

// StopSignal is the name of a signal without SIG. KILL suits a service that handles no
// signal and would use up the grace: it ends at once, and this counts as orderly.
type StopSignal string

// stopSignals maps the signals that end programs to their numbers on Linux, where
// variants run.
var stopSignals = map[StopSignal]int{"TERM": 15, "INT": 2, "QUIT": 3, "HUP": 1, "USR1": 10, "USR2": 12, "WINCH": 28, "KILL": 9}

// Number returns the signal's number; TERM's by default.
func (s StopSignal) Number() int { return stopSignals[s.Named()] }

// Named returns the signal; TERM by default.
func (s StopSignal) Named() StopSignal { return cmp.Or(s, "TERM") }

// UnmarshalText refuses a signal that ends no program.
func (s *StopSignal) UnmarshalText(text []byte) error {
	*s = StopSignal(strings.TrimPrefix(string(text), "SIG"))
	if stopSignals[*s] == 0 {
		return fmt.Errorf("%q is not a signal that ends a program: want TERM, INT, QUIT, HUP, USR1, USR2, WINCH or KILL", text)
	}
	return nil
}

// Ready is the check that ends a program's start: one of Path, TCP and Log.
type Ready struct {
	Path string `yaml:"path" also:"url,uri"` // a GET of it must answer 200; / by default
	TCP  bool   `yaml:"tcp"`                 // the port must accept a connection
	// Log is a text that a line of the program's log must contain. Times is the
	// required number of such lines, such as one for each worker; 1 by default.
	Log    string        `yaml:"log"`
	Times  int           `yaml:"times"`
	Within time.Duration `yaml:"within" also:"timeout"` // 1 min by default
}

// Check refuses a check that no program can meet, and several checks at once.
func (r Ready) Check(d *strictyaml.Document, field string) {
	switch {
	case r.Path != "" && (r.TCP || r.Log != "") || r.TCP && r.Log != "":
		d.Fail(field, "has several checks: keep one of path (a GET answers 200), tcp (the port accepts a connection) and log (a line contains a text)")
	case d.Has(field+".times") && (r.Log == "" || r.Times < 1):
		d.Fail(field+".times", "is the number of log lines that contain the text: want 1 or more, with log")
	case d.Has(field+".log") && r.Log == "":
		d.Fail(field+".log", "is empty, and every line contains it: want a text that only the counted lines contain")
	case !r.TCP && r.Log == "" && !strings.HasPrefix(r.Path, "/"):
		d.Fail(field+".path", "%q: want a path that begins with /, such as /healthz", r.Path)
	}
}
