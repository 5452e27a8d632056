package scenario

import (
	"strings"

	"github.com/memproof/memproof/bench/scenario/load"
	"github.com/memproof/memproof/bench/scenario/secret"
)

// references looks up the secrets that the scenario's fields name.
func (c checker) references(uses []secret.Use) {
	for _, u := range uses {
		if !u.Filled {
			c.Fail(u.Field, "${%s} is not filled in here: it may stand in env, args, command and build args, and in a target's path, headers and body", u.Name)
			continue
		}
		c.reference(u.Field, u.Name)
	}
}

// reference finds the value of ${env.NAME} or ${hidden.HASH}.
func (c checker) reference(field, name string) {
	if variable, ok := strings.CutPrefix(name, secret.EnvPrefix); ok {
		c.variable(field, variable)
		return
	}
	c.sc.secrets.Need(name)
	_, known := c.sc.secrets.Value(name)
	switch source := c.in.source; {
	case known:
	case !c.in.kept:
		c.Fail(field, "${%s} stands for a value that a run directory did not keep: write the value, or ${env.NAME} and set that variable", name)
	case source != nil:
		value, ok := source.secrets.Value(name)
		if !ok {
			c.Fail(field, "this value was changed after the run began (compared by hash): put it back in %s, or begin a new run", c.in.sourcePath)
		}
		c.sc.secrets.Set(name, value)
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
		c.Fail(field, "%s is not set: export it before memproof is started, since ${env.%s} takes its value", name, name)
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
		for j, l := range t.Lines {
			t.Lines[j].Value = c.sc.secrets.Conceal(l.Name, l.Value)
			c.requestSecrets(t.Lines[j].Value)
		}
		all[i].Path = c.sc.secrets.Conceal("", t.Path)
		c.requestSecrets(all[i].Path)
		c.requestSecrets(t.Body)
	}
}

func (c checker) requestSecrets(text string) {
	for _, m := range secret.Reference.FindAllStringSubmatch(text, -1) {
		c.reference("load.targets", m[1])
	}
}
