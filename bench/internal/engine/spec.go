package engine

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/postgres"
	"github.com/memproof/memproof/bench/scenario"
)

// spec returns the variant's start.
func (t *trial) spec() (backend.Spec, error) {
	sc, v := t.session.scenario, t.plan.Arm.Variant
	var err error
	if t.port, err = t.session.backend.Port(sc.Port); err != nil {
		return backend.Spec{}, fmt.Errorf("start: %w", err)
	}
	env := map[string]string{}
	maps.Copy(env, sc.Env)
	maps.Copy(env, v.Env)
	limits := t.plan.Arm.Limits
	sp := backend.Spec{
		Program: backend.Variant(v), Name: variantName(v), Ports: []int{t.port}, Limits: &limits,
		Log: t.log, User: v.User, Signal: sc.Stop.Signal, Init: sc.Init,
	}
	if err := t.fill(&sp, env, sc.FilesOf(v), t.port); err != nil {
		return backend.Spec{}, err
	}
	if s := t.plan.Arm.Injected; s != nil && s.Memory > 0 {
		command := sp.Command
		sp.Program, sp.HeldMemory = backend.Injected(v), s.Memory
		sp.Command = command
		if limits.Memory > 0 { // what the program itself may take is the same in all arms
			limits.Memory += s.Memory + holderExtra
		}
	}
	t.limits = sp.Limits
	return sp, nil
}

// holderExtra is room for the runtime of the process that holds memory, its page
// tables and huge pages, in bytes.
const holderExtra = 8 << 20

func variantName(v scenario.Variant) string { return "variant-" + v.Name }

// fill replaces the placeholders of a program's texts. Files are by their name in the
// scenario, with their place; a ${name} in a file that is unknown stays as it is.
func (t *trial) fill(sp *backend.Spec, env, files map[string]string, port int) error {
	dir, all := t.session.backend.FilesDir(sp.Name)
	vars := t.vars(dir, port)
	var envErr, argsErr, commandErr error
	sp.Env, envErr = expandEnv(env, vars)
	sp.Args, argsErr = expandAll(sp.Program.Args, vars)
	sp.Command, commandErr = expandAll(sp.Command, vars)
	sp.Files = map[string]backend.File{}
	for name, to := range files {
		if to == "" || all {
			to = dir + "/" + name
		}
		text := string(t.session.scenario.Input(name))
		sp.Files[to] = backend.File{Text: []byte(backend.ExpandKnown(text, vars)), Private: takesSecret(text, vars)}
	}
	return errors.Join(envErr, argsErr, commandErr)
}

// takesSecret reports whether the text has a placeholder of a secret, such as the URL
// of the database with its password.
func takesSecret(text string, vars map[string]string) bool {
	for name := range vars {
		if !slices.Contains(openVars, name) && !strings.HasSuffix(name, ".address") && strings.Contains(text, "${"+name+"}") {
			return true
		}
	}
	return false
}

// openVars hold no secret, nor do addresses.
var openVars = []string{"cpus", "files", "port", "upstream.url", "upstream.ca"}

// vars returns the values of the placeholders of a program, with the directory of its
// files and its port; 0: it does not listen.
func (t *trial) vars(dir string, port int) map[string]string {
	s := t.session
	vars := map[string]string{"cpus": strconv.Itoa(t.plan.Arm.Limits.CPUs.Whole()), "files": dir}
	if port != 0 {
		vars["port"] = strconv.Itoa(port)
	}
	if s.databases != nil {
		vars["database.url"] = postgres.URL(s.databases.Server.Inner, t.database)
	}
	if s.upstream != nil {
		vars["upstream.url"], vars["upstream.ca"] = s.upstream.url, s.upstream.ca
	}
	for _, c := range t.sidecars {
		if c.Port != 0 {
			vars[c.Name+".address"] = s.backend.Address(c.Name, c.port)
		}
	}
	if t.proc != nil {
		vars["variant.address"] = s.backend.Address(variantName(t.plan.Arm.Variant), t.port)
	}
	maps.Copy(vars, s.scenario.Secrets())
	return vars
}

// expandEnv replaces ${name} in every value. An error names the key.
func expandEnv(env map[string]string, vars map[string]string) (map[string]string, error) {
	out := make(map[string]string, len(env))
	for _, key := range slices.Sorted(maps.Keys(env)) {
		value, err := expand(env[key], vars)
		if err != nil {
			return nil, fmt.Errorf("env %s: %w", key, err)
		}
		out[key] = value
	}
	return out, nil
}

// expandAll replaces ${name} in each text.
func expandAll(texts []string, vars map[string]string) (out []string, err error) {
	for _, text := range texts {
		if text, err = expand(text, vars); err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

var placeholder = regexp.MustCompile(`\$\{[^}]*\}?`)

// expand replaces ${name} by its value. The values are not expanded again, and a $
// without { stands for itself.
func expand(text string, vars map[string]string) (string, error) {
	for _, found := range placeholder.FindAllString(text, -1) {
		name, closed := strings.CutSuffix(found[2:], "}")
		if !closed {
			return "", fmt.Errorf("%q has no closing }", found)
		}
		if _, known := vars[name]; !known {
			return "", fmt.Errorf("${%s} is unknown: this scenario has ${%s}", name,
				strings.Join(slices.Sorted(maps.Keys(vars)), "}, ${"))
		}
	}
	return backend.ExpandKnown(text, vars), nil
}
