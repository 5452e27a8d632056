package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/scenario/load"
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
	all, err := parseEnv(text)
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
	c.secretVariables(name, all)
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

// secretVariables marks the values of an env file that must not be shown: all but
// switches, amounts and paths.
func (c checker) secretVariables(file string, all map[string]string) {
	for name, value := range all {
		as := fmt.Sprintf("${%s:%s}", file, name)
		for _, part := range secret.Placeholder.Split(value, -1) {
			if !secret.Harmless(name, part) {
				c.sc.secrets.Show(part, as)
			}
		}
		for _, s := range secret.In(name, value) {
			c.sc.secrets.Show(value[s.From:s.To], as)
		}
	}
}

// parseEnv reads a file as docker run --env-file does: NAME=VALUE per line. The value
// runs to the end of the line, its quotes included. Empty lines and lines that begin
// with # are skipped. A name without a value is refused: docker takes it from the
// shell, and a run must not depend on its user's shell.
func parseEnv(text []byte) (map[string]string, error) {
	env := map[string]string{}
	err := load.EachLine(text, func(raw []byte) error {
		line := strings.TrimRight(string(raw), "\r\n")
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			return nil
		}
		name, value, ok := strings.Cut(line, "=")
		if name = strings.TrimLeft(name, " \t"); !ok || name == "" || strings.ContainsAny(name, " \t") {
			return errors.New("want NAME=VALUE") // the line itself may be a secret
		}
		env[name] = value
		return nil
	})
	return env, err
}
