package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"

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
