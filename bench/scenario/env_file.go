package scenario

import (
	"fmt"
	"maps"
	"slices"

	"github.com/memproof/memproof/bench/scenario/secret"
)

// envFile adds the variables of a file; variables in the scenario take precedence. They
// may name the sidecars. A run directory does not hold the file.
func (c checker) envFile(field, name string, env *map[string]string, sidecars []Sidecar) {
	if name == "" {
		return
	}
	text, err := c.readEnvFile(name)
	if text == nil && err == nil {
		return
	}
	var all map[string]string
	if err == nil {
		if all, err = secret.ParseEnv(text); err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
	}
	if err != nil {
		c.Fail(field, "%v", err)
		return
	}
	c.sc.envFiles[name] = text
	c.variablesIn(field, text)
	known := c.known(sidecars)
	for _, variable := range slices.Sorted(maps.Keys(all)) {
		if problem := unknownPlaceholder(all[variable], known); problem != "" {
			c.Fail(field, "%s: %s: %s", name, variable, problem)
			delete(all, variable)
		}
	}
	c.sc.secrets.AddEnv(name, all)
	maps.Copy(all, *env)
	*env = all
}

// readEnvFile reads the file from the scenario's folder. It returns nil for a run
// directory that is judged.
func (c checker) readEnvFile(name string) ([]byte, error) {
	if c.in.source == nil {
		if c.in.kept {
			return nil, nil
		}
		return c.in.read(name)
	}
	text, ok := c.in.source.envFiles[name]
	if !ok {
		return nil, fmt.Errorf("%s is no longer an env_file of %s: add it again, or begin a new run", name, c.in.sourcePath)
	}
	return text, nil
}
