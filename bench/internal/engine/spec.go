package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/postgres"
	"github.com/memproof/memproof/bench/scenario"
)

// spec is the variant as something to start.
func (t *trial) spec() (backend.Spec, error) {
	sc, v := t.session.scenario, t.plan.Arm.Variant
	var err error
	if t.port, err = t.session.backend.Port(sc.Port); err != nil {
		return backend.Spec{}, fmt.Errorf("start: %w", err)
	}
	env := maps.Clone(sc.Env)
	if env == nil {
		env = map[string]string{}
	}
	maps.Copy(env, v.Env)
	vars := t.vars(variantName(v), t.port)
	sp, err := filled(backend.Spec{
		Program: backend.Variant(v), Name: variantName(v),
		Ports: []int{t.port}, Limits: t.allowed(), Log: t.log, User: v.User, Signal: sc.Stop.Signal, Init: sc.Init,
		Files: t.files(variantName(v), sc.FilesOf(v), vars),
	}, env, vars)
	if err != nil {
		return backend.Spec{}, err
	}
	if s := t.plan.Arm.Injected; s != nil && s.Memory > 0 {
		command := sp.Command
		sp.Program, sp.Spike = backend.Spiked(v), s.Memory
		sp.Command = command
	}
	t.limits = sp.Limits
	return sp, nil
}

// allowed are the arm's limits. Memory that is added from outside is added to them, with
// what its holder takes besides: the variant has what it has in the other arms.
func (t *trial) allowed() *scenario.Limits {
	limits := t.plan.Arm.Limits
	if s := t.plan.Arm.Injected; s != nil && s.Memory > 0 && limits.Memory > 0 {
		limits.Memory += s.Memory + holderExtra
	}
	return &limits
}

// holderExtra is room for the runtime of the process that holds memory, its page
// tables and huge pages, in bytes.
const holderExtra = 8 << 20

// filled is the spec with the placeholders of its texts replaced.
func filled(sp backend.Spec, env, vars map[string]string) (backend.Spec, error) {
	var envErr, argsErr, commandErr error
	sp.Env, envErr = expandEnv(env, vars)
	sp.Args, argsErr = expandAll(sp.Program.Args, vars)
	sp.Command, commandErr = expandAll(sp.Command, vars)
	if err := errors.Join(envErr, argsErr, commandErr); err != nil {
		return backend.Spec{}, err // names the key
	}
	return sp, nil
}

func variantName(v scenario.Variant) string { return "variant-" + v.Name }

// takesSecret says that the text is given a value which is not for all to read,
// such as the URL of the database with its password.
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

// files are what the program of that name finds, by where. What looks like a
// placeholder and is none stays as it is: files have a $ of their own.
func (t *trial) files(program string, from map[string]string, vars map[string]string) map[string]backend.File {
	dir, all := t.session.backend.FilesDir(program)
	files := map[string]backend.File{}
	for name, to := range from {
		if to == "" || all {
			to = dir + "/" + name
		}
		text := string(t.session.scenario.Input(name))
		files[to] = backend.File{Text: []byte(backend.ExpandKnown(text, vars)), Private: takesSecret(text, vars)}
	}
	return files
}

// vars are what the texts of a program may name as ${…}.
func (t *trial) vars(program string, port int) map[string]string {
	s := t.session
	dir, _ := s.backend.FilesDir(program)
	vars := map[string]string{
		"cpus":  strconv.Itoa(t.plan.Arm.Limits.CPUs.Whole()),
		"files": dir,
	}
	if port != 0 { // a companion may listen nowhere
		vars["port"] = strconv.Itoa(port)
	}
	if s.databases != nil {
		vars["database.url"] = postgres.URL(s.databases.Server.Inner, t.database)
	}
	if s.upstream != nil {
		vars["upstream.url"], vars["upstream.ca"] = s.upstream.url, s.upstream.ca
	}
	t.addresses(vars)
	maps.Copy(vars, s.scenario.Secrets())
	return vars
}
