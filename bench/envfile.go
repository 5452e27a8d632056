package bench

import (
	"fmt"
	"maps"
	"strings"
)

// envFile puts the variables of a file under those that are written out, which win.
// They may name what stands beside.
func (c checker) envFile(field, name string, env *map[string]string, beside []Companion) {
	if name == "" {
		return
	}
	text, err := c.in.read(name)
	if err != nil {
		c.Fail(field, "%v", err)
		return
	}
	all, err := parseEnv(text)
	if err != nil {
		c.Fail(field, "%s: %v", name, err)
		return
	}
	c.sc.inputs[name] = text
	known := c.known(beside)
	for _, variable := range sortedKeys(all) {
		if problem := unfilled(all[variable], known); problem != "" {
			c.Fail(field, "%s: %s %s; a value of a file is filled in as one of env", name, variable, problem)
			delete(all, variable)
		}
	}
	maps.Copy(all, *env)
	*env = all
}

// parseEnv reads a file as docker run --env-file does: NAME=VALUE a line, the value
// to the end of the line, its quotes included; lines that are empty or begin with #
// are passed over. A name without a value, which docker takes from the shell, is
// refused: a run must not depend on who started it.
func parseEnv(text []byte) (map[string]string, error) {
	env := map[string]string{}
	err := eachLine(text, func(raw []byte) error {
		line := strings.TrimRight(string(raw), "\r\n")
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			return nil
		}
		name, value, ok := strings.Cut(line, "=")
		if name = strings.TrimLeft(name, " \t"); !ok || name == "" || strings.ContainsAny(name, " \t") {
			return fmt.Errorf("%q: want NAME=VALUE", line)
		}
		env[name] = value
		return nil
	})
	return env, err
}
