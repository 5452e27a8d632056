package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/scenario/load"
	"github.com/memproof/memproof/bench/scenario/secret"
)

// env refuses an unknown placeholder; see [Variant.Env].
func (c checker) env(field string, env map[string]string, known []string) {
	for _, name := range slices.Sorted(maps.Keys(env)) {
		c.placeholders(field+"."+name, env[name], known)
	}
}

func (c checker) placeholdersOf(field string, p Program, env map[string]string, known []string) {
	for i, arg := range p.Args {
		c.placeholders(fmt.Sprintf("%s.args[%d]", field, i), arg, known)
	}
	for i, arg := range p.Command {
		c.placeholders(fmt.Sprintf("%s.command[%d]", field, i), arg, known)
	}
	c.env(field+".env", env, known)
}

// known returns the placeholders that a variant with these sidecars may use.
func (c checker) known(sidecars []Sidecar) []string {
	known := []string{"cpus", "database.url", "files", "port"}
	if !c.sc.Upstream.Build.IsZero() {
		known = append(known, "upstream.ca", "upstream.url")
	}
	for _, one := range sidecars {
		if one.Port != 0 && !one.After {
			known = append(known, one.Name+".address")
		}
	}
	return known
}

// knownTo returns the placeholders that a sidecar may use.
func (c checker) knownTo(one Sidecar, earlier []Sidecar) []string {
	known := c.known(earlier)
	if one.Port == 0 {
		known = slices.DeleteFunc(known, func(name string) bool { return name == "port" })
	}
	if one.After {
		known = append(known, "variant.address")
	}
	return known
}

func (c checker) placeholders(field, text string, known []string) {
	if problem := unknownPlaceholder(text, known); problem != "" {
		c.Fail(field, "%s", problem)
	}
}

// unknownPlaceholder describes the first mistake in the placeholders of a text; empty:
// none.
func unknownPlaceholder(text string, known []string) string {
	for _, m := range secret.Placeholder.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(known, m[1]) && !secret.Reference.MatchString(m[0]) {
			return fmt.Sprintf("${%s} is unknown: this scenario has %s, and env.NAME", m[1], strings.Join(known, ", "))
		}
	}
	if strings.Contains(secret.Placeholder.ReplaceAllString(text, ""), "${") {
		return "has ${ without }: close it, as in ${port}"
	}
	return ""
}

// references looks up the secrets that the scenario's fields name.
func (c checker) references(uses []secret.Use) {
	for _, u := range uses {
		if u.Filled {
			c.reference(u.Field, u.Name)
		} else {
			c.Fail(u.Field, "${%s} is not filled in here: write it in env, args, command or build args, or in the path, the headers or the body of a target", u.Name)
		}
	}
}

// reference finds the value of ${env.NAME} or ${hidden.HASH}.
func (c checker) reference(field, name string) {
	if variable, ok := strings.CutPrefix(name, secret.EnvPrefix); ok {
		c.variable(field, variable)
		return
	}
	vault := c.sc.secrets
	vault.Need(name)
	if _, known := vault.Values()[name]; known {
		return
	}
	if !c.in.kept {
		c.Fail(field, "${%s} is a value that a run directory hides: write the value, or ${env.NAME} and set that variable", name)
	} else if source := c.in.source; source != nil {
		value, ok := source.secrets.Values()[name]
		if !ok {
			c.Fail(field, "this value was changed after the run began (its hash differs): restore it in %s, or begin a new run", c.in.sourcePath)
		}
		vault.Set(name, value)
	}
}

// variable reads a variable of memproof's own environment.
func (c checker) variable(field, name string) {
	c.sc.secrets.Need(secret.EnvPrefix + name)
	if c.in.Env == nil {
		return
	}
	value, set := c.in.Env(name)
	if !set {
		c.Fail(field, "%s is not set, and ${env.%s} takes its value: export it before you start memproof", name, name)
		return
	}
	c.sc.secrets.Set(secret.EnvPrefix+name, value)
}

// variablesIn reads the variables that a file names.
func (c checker) variablesIn(field string, text []byte) {
	for _, m := range secret.EnvReference.FindAllSubmatch(text, -1) {
		c.variable(field, string(m[1]))
	}
}

// concealTargets hides values that look like secrets in the requests of a file.
func (c checker) concealTargets(all []load.Target) {
	for i, t := range all {
		all[i].Path = c.sc.secrets.Conceal("", t.Path)
		texts := []string{all[i].Path, t.Body}
		for j, l := range t.Lines {
			t.Lines[j].Value = c.sc.secrets.Conceal(l.Name, l.Value)
			texts = append(texts, t.Lines[j].Value)
		}
		for _, text := range texts {
			for _, m := range secret.Reference.FindAllStringSubmatch(text, -1) {
				c.reference("load.targets", m[1])
			}
		}
	}
}
