package gateway

import (
	"fmt"
	"os"
	"strings"

	"github.com/memproof/memproof/variants/internal/prefork"
)

// origin is where a process has its configuration from, to have it again at a reload.
//
// The master alone reads the settings file. What it took goes to the processes that it starts as their environment, and
// those look for no file: a file that was changed and not reloaded, or that a reload refused, has no effect on a worker that
// happens to be recycled then. Workers that read it themselves would follow a file half-way through its editing, and could
// not be replaced at all while it is wrong.
type origin struct {
	config Config
	given  map[string]string // the environment that the process was started with
	path   string            // of the settings file; "": there is none
}

func newOrigin(config Config, environ []string) origin {
	o := origin{config: config, given: map[string]string{}}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		o.given[name] = value
	}
	o.path = o.given[configVariable]
	return o
}

func (o origin) lookup(name string) (string, bool) {
	value, ok := o.given[name]
	return value, ok
}

// load reads what configures the service, as it is now, and checks it. An error says which variable is wrong, and for one of
// the file's also in which line.
func (o origin) load() (program, prefork.Options, settings, error) {
	var file settings
	if o.path != "" {
		var err error
		if file, err = readSettings(o.path); err != nil {
			return program{}, prefork.Options{}, settings{}, err
		}
	}
	p, opts, err := newPrefork(o.config, file.over(o.lookup))
	if err != nil {
		return program{}, prefork.Options{}, settings{}, file.locate(err)
	}
	if o.path != "" {
		opts.Reload = o.reload
	}
	return p, opts, file, nil
}

// reload is the master's HUP: see [prefork.Options]. An error leaves everything as it was.
func (o origin) reload() (prefork.Options, error) {
	p, opts, file, err := o.load()
	if err != nil {
		return prefork.Options{}, err
	}
	if err := o.pass(file); err != nil {
		return prefork.Options{}, err
	}
	if err := traceGC(o.given[goDebug], p.env.gcTrace); err != nil {
		return prefork.Options{}, err
	}
	p.log.Info("Read the settings", "pid", os.Getpid(), "file", o.path, "workers", opts.Workers)
	return opts, nil
}

// pass gives the file's settings to the processes that this one starts from now on. What the file no longer sets is again as
// it was given.
func (o origin) pass(file settings) error {
	if o.path == "" {
		return nil
	}
	if err := os.Unsetenv(configVariable); err != nil {
		return fmt.Errorf("unset %s: %w", configVariable, err)
	}
	for _, name := range settable {
		value, _ := file.over(o.lookup)(name)
		if err := os.Setenv(name, value); err != nil { // an empty one is as good as none, see readEnvironment
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	return nil
}
