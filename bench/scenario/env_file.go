package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/memproof/memproof/bench/scenario/secret"
)

// envFile adds the variables of a file; variables in the scenario take precedence. They
// may name sidecars. A run directory does not hold the file.
func (c checker) envFile(field, name string, env *map[string]string, beside []Sidecar) {
	if name == "" {
		return
	}
	text, err := c.readEnvFile(name)
	if err != nil {
		c.Fail(field, "%v", err)
		return
	}
	if text == nil {
		return
	}
	all, err := secret.ParseEnv(text)
	if err != nil {
		c.Fail(field, "%s: %v", name, err)
		return
	}
	c.sc.envFiles[name] = text
	c.variablesIn(field, text)
	known := c.known(beside)
	for _, variable := range slices.Sorted(maps.Keys(all)) {
		if problem := unfilled(all[variable], known); problem != "" {
			c.Fail(field, "%s: %s %s; a value of a file is filled in as one of env", name, variable, problem)
			delete(all, variable)
		}
	}
	c.sc.secrets.AddEnv(name, all)
	maps.Copy(all, *env)
	*env = all
}

// readEnvFile reads the file from the scenario's folder. It returns nil for a run
// directory that is judged. Run directories of older versions still hold the file.
func (c checker) readEnvFile(name string) ([]byte, error) {
	if c.in.source != nil {
		text, ok := c.in.source.envFiles[name]
		if !ok {
			return nil, fmt.Errorf("%s is not named any more in %s: put it back, or begin a new run", name, c.in.sourcePath)
		}
		return text, nil
	}
	text, err := c.in.read(name)
	if c.in.kept && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}
