package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/scenario/load"
	"github.com/memproof/memproof/bench/scenario/secret"
)

// Redact replaces each secret of the scenario in a text by its placeholder or text.
// Secrets of fewer than 6 bytes stay: they are part of many harmless words.
func (s *Scenario) Redact(text string) string { return s.secrets.Redact(text) }

// Hide makes the value one of the scenario's secrets, which [Scenario.Redact] replaces
// by as. A switch, an amount or a path stays visible.
func (s *Scenario) Hide(value, as string) {
	if secret.NeverSecret(value) {
		return
	}
	if s.secrets == nil { // it was not parsed
		s.secrets = secret.New()
	}
	s.secrets.Show(value, as)
	s.secrets.Build(s.copy)
}

// SecretForms are the texts that [Scenario.Redact] replaces, the longest first.
func (s *Scenario) SecretForms() []string {
	if s.secrets == nil {
		return nil
	}
	return s.secrets.Forms()
}

// SecretsHash identifies a set of secrets; empty if there are none.
func (s *Scenario) SecretsHash() string {
	if len(s.Secrets()) == 0 {
		return ""
	}
	var all bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(s.Secrets())) {
		fmt.Fprintf(&all, "%s\x00%s\x00", name, s.Secrets()[name])
	}
	return secret.Hash(all.Bytes())
}

// Secrets returns the values of the placeholders ${env.NAME} and ${hidden.HASH} by
// name. Pass them to started programs only; never store or show them.
func (s *Scenario) Secrets() map[string]string { return s.secrets.Values() }

// UseSecrets takes the secrets and the variables of env files from the original scenario:
// the one of a run directory lacks them. It is an error if the original has no variant of
// a name, or lacks a secret too; see [Scenario.Complete].
func (s *Scenario) UseSecrets(of *Scenario) error {
	s.secrets, s.Env, s.envFiles = of.secrets, of.Env, of.envFiles
	var missing []error
	for i := range s.Variants {
		v, ok := of.Variant(s.Variants[i].Name)
		if !ok {
			missing = append(missing, fmt.Errorf("variant %q is not in the scenario that its secrets are taken from", s.Variants[i].Name))
		}
		s.Variants[i].Env = v.Env
	}
	return errors.Join(append(missing, s.Complete())...)
}

// Complete returns an error that names all missing env files and secrets, as in the
// copy of a run directory. Without them no program may start.
func (s *Scenario) Complete() error {
	var missing []error
	if files := s.missingEnvFiles(); len(files) > 0 {
		missing = append(missing, fmt.Errorf("env_file %s cannot be read again, and the variants need the variables: begin a new run",
			strings.Join(files, ", ")))
	}
	if values := s.missingSecrets(); len(values) > 0 {
		missing = append(missing, fmt.Errorf("no value for %s, so no program can get it: begin a new run", strings.Join(values, ", ")))
	}
	return errors.Join(missing...)
}

// missingEnvFiles lists the env files that were not read, each once.
func (s *Scenario) missingEnvFiles() (names []string) {
	all := []string{s.EnvFile}
	for _, v := range s.Variants {
		all = append(all, v.EnvFile)
	}
	for _, name := range all {
		if _, ok := s.envFiles[name]; name != "" && !ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// missingSecrets lists the placeholders without a value, as they are written.
func (s *Scenario) missingSecrets() (placeholders []string) {
	if s.secrets == nil { // it was not parsed
		return nil
	}
	for _, name := range s.secrets.Needed() {
		if _, ok := s.secrets.Values()[name]; !ok {
			placeholders = append(placeholders, "${"+name+"}")
		}
	}
	return placeholders
}

// Copy returns the scenario's text for a run directory, with the secrets hidden.
func (s *Scenario) Copy() []byte { return s.copy }

// Withholds reports whether the copy lacks something that a run needs. -resume then
// reads it again from the scenario's folder.
func (s *Scenario) Withholds() bool {
	hidden := func(name string) bool { return strings.HasPrefix(name, secret.HiddenPrefix) }
	return len(s.envFiles) > 0 || slices.ContainsFunc(slices.Collect(maps.Keys(s.Secrets())), hidden)
}

// EnvFileHashes returns the hashes of the env files by name, which a run directory
// stores.
func (s *Scenario) EnvFileHashes() map[string]string {
	hashes := make(map[string]string, len(s.envFiles))
	for name, text := range s.envFiles {
		hashes[name] = secret.Hash(text)
	}
	return hashes
}

// RedactAll replaces the secrets in every text that the pointer leads to.
func (s *Scenario) RedactAll(pointer any) { s.secrets.RedactAll(pointer) }

// revealed returns the targets with their secrets filled in.
func (s *Scenario) revealed(targets []load.Target) []load.Target {
	if len(s.Secrets()) == 0 {
		return targets
	}
	out := slices.Clone(targets)
	for i, t := range out {
		t.Path, t.Body, t.Headers = s.secrets.Reveal(t.Path, t.Plain), s.secrets.Reveal(t.Body, t.Plain), maps.Clone(t.Headers)
		for name, value := range t.Headers {
			t.Headers[name] = s.secrets.Reveal(value, t.Plain)
		}
		t.Lines = slices.Clone(t.Lines)
		for j := range t.Lines {
			t.Lines[j].Value = s.secrets.Reveal(t.Lines[j].Value, t.Plain)
		}
		out[i] = t
	}
	return out
}
