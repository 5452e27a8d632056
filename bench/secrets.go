package bench

import (
	"bytes"
	"cmp"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/internal/strictyaml"
)

// The names of placeholders whose values a run directory does not hold.
const (
	envPrefix    = "env."    // ${env.NAME}: a variable of memproof's own environment
	hiddenPrefix = "hidden." // ${hidden.HASH}: a literal of the scenario that looks like a secret
)

// secrets are the values that a scenario is filled with and never shows.
type secrets struct {
	values map[string]string // by placeholder, such as "env.TOKEN"
	needed map[string]bool   // the placeholders that something names
	own    map[string]string // what is shown in the place of an env file's value, by that value
	forms  *strings.Replacer // of all into what is shown; nil until it is asked for
	all    []string          // what the replacer replaces, the longest first
}

func newSecrets() *secrets {
	return &secrets{values: map[string]string{}, needed: map[string]bool{}, own: map[string]string{}}
}

// hide keeps the value and returns the placeholder that stands for it.
func (s *secrets) hide(value string) string {
	name := hiddenPrefix + secretHash([]byte(value))
	s.values[name] = value
	return "${" + name + "}"
}

// secretHash is what a run directory keeps of a secret, to find that it is another
// one now. Secrets may be short enough to be guessed, so each guess is made to cost
// some ten milliseconds; 64 bits fit many guesses and tell two secrets apart.
func secretHash(text []byte) string {
	const salt, rounds, size = "memproof: what is hidden in a run directory", 1 << 16, 8
	key, err := pbkdf2.Key(sha256.New, string(text), []byte(salt), rounds, size)
	if err != nil { // of a salt or a size that FIPS 140 forbids; these are fixed
		panic(err)
	}
	return fmt.Sprintf("%x", key)
}

// concealComments replaces what is hidden in the comments of a scenario too: people
// leave the last password there.
func (s *secrets) concealComments(text []byte) []byte {
	out := text
	for _, name := range sortedKeys(s.values) {
		value := []byte(s.values[name])
		if len(value) < shortestSecret || bytes.ContainsRune(value, '\n') || !strings.HasPrefix(name, hiddenPrefix) || !bytes.Contains(out, value) {
			continue
		}
		lines := bytes.SplitAfter(out, []byte{'\n'})
		for i, line := range lines {
			if at := bytes.IndexByte(line, '#'); at >= 0 {
				lines[i] = slices.Concat(line[:at], bytes.ReplaceAll(line[at:], value, []byte("${"+name+"}")))
			}
		}
		if changed := bytes.Join(lines, nil); strictyaml.Same(text, changed) { // else it was no comment
			out = changed
		}
	}
	return out
}

// shortestSecret is how many bytes a value must have for it to be looked for in
// what programs print: a shorter one is in many words that are no secret.
const shortestSecret = 6

// build makes the replacer. A value that the scenario's copy shows is no secret.
func (s *secrets) build(shown []byte) {
	shownAs := map[string]string{}
	add := func(value, as string) {
		for _, form := range secretForms(value) {
			if len(form) >= shortestSecret && !bytes.Contains(shown, []byte(form)) {
				shownAs[form] = as
			}
		}
	}
	for name, value := range s.values {
		add(value, "${"+name+"}")
		for _, part := range secretsIn("", value) {
			add(value[part.from:part.to], "${"+name+"}")
		}
	}
	for value, as := range s.own {
		add(value, as)
	}
	s.all = slices.SortedFunc(maps.Keys(shownAs), func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	var pairs []string
	for _, form := range s.all {
		pairs = append(pairs, form, shownAs[form])
	}
	s.forms = strings.NewReplacer(pairs...)
}

// secretForms are the ways in which programs write a value: as it is, in JSON, in a
// URL, and line by line.
func secretForms(value string) []string {
	quoted, _ := json.Marshal(value) // a string
	forms := []string{value, string(quoted[1 : len(quoted)-1]), url.QueryEscape(value), url.PathEscape(value)}
	if lines := strings.Split(strings.TrimSpace(value), "\n"); len(lines) > 1 {
		for _, l := range lines {
			if l = strings.TrimSpace(l); len(l) >= 2*shortestSecret {
				forms = append(forms, l)
			}
		}
	}
	return forms
}

// Redact replaces each secret of the scenario in a text by what stands for it.
// Secrets of fewer than 6 bytes are left: they are in many words that are none.
func (s *Scenario) Redact(text string) string {
	if s.secrets == nil || s.secrets.forms == nil || len(s.secrets.all) == 0 {
		return text
	}
	return s.secrets.forms.Replace(text)
}

// Hide makes the value one of the scenario's secrets, which [Scenario.Redact] shows
// as the text given; a switch, an amount or a path stays as it is.
func (s *Scenario) Hide(value, as string) {
	if harmless(secretName, value) || filePath.MatchString(value) {
		return
	}
	if s.secrets == nil { // it was not parsed
		s.secrets = newSecrets()
	}
	s.secrets.own[value] = as
	s.secrets.build(s.copy)
}

// SecretForms are the texts that [Scenario.Redact] replaces, the longest first.
func (s *Scenario) SecretForms() []string {
	if s.secrets == nil {
		return nil
	}
	return s.secrets.all
}

// SecretsHash tells one set of secrets from another; empty where there are none.
func (s *Scenario) SecretsHash() string {
	var all bytes.Buffer
	for _, name := range sortedKeys(s.Secrets()) {
		fmt.Fprintf(&all, "%s\x00%s\x00", name, s.secrets.values[name])
	}
	if all.Len() == 0 {
		return ""
	}
	return secretHash(all.Bytes())
}

// Secrets are the values of the placeholders ${env.NAME} and ${hidden.HASH} by name.
// They are for the programs that are started, and nothing that is kept or shown.
func (s *Scenario) Secrets() map[string]string {
	if s.secrets == nil {
		return nil
	}
	return s.secrets.values
}

// UseSecrets takes what the copy in a run directory does not hold from the same
// scenario as it was read from its place: secrets and the variables of env files.
// The error says what neither has.
func (s *Scenario) UseSecrets(of *Scenario) error {
	s.secrets, s.Env, s.envFiles = of.secrets, of.Env, of.envFiles
	for i := range s.Variants {
		v, ok := of.Variant(s.Variants[i].Name)
		if !ok {
			return fmt.Errorf("variant %q is not in the scenario that its secrets are taken from", s.Variants[i].Name)
		}
		s.Variants[i].Env = v.Env
	}
	return s.Complete()
}

// Complete says what the scenario names and was read without, as the copy in a run
// directory is: an env file, a secret. Nothing may be started without them.
func (s *Scenario) Complete() error {
	files := []string{s.EnvFile}
	for _, v := range s.Variants {
		files = append(files, v.EnvFile)
	}
	for _, name := range files {
		if _, ok := s.envFiles[name]; name != "" && !ok {
			return fmt.Errorf("env_file %s could not be read again, so the variants would be started without its variables: begin a new run", name)
		}
	}
	if s.secrets == nil { // it was not parsed
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(s.secrets.needed)) {
		if _, ok := s.secrets.values[name]; !ok {
			return fmt.Errorf("${%s} has no value here, and would be started or sent as it stands: begin a new run", name)
		}
	}
	return nil
}

// Copy is the scenario's text for a run directory, with the secrets hidden.
func (s *Scenario) Copy() []byte { return s.copy }

// Withholds says whether the copy lacks something that a run needs, which -resume
// then reads again from the scenario's place.
func (s *Scenario) Withholds() bool {
	return len(s.envFiles) > 0 || slices.ContainsFunc(slices.Collect(maps.Keys(s.Secrets())), func(name string) bool {
		return strings.HasPrefix(name, hiddenPrefix)
	})
}

// EnvFileHashes are what a run directory keeps of the env files, by name.
func (s *Scenario) EnvFileHashes() map[string]string {
	hashes := make(map[string]string, len(s.envFiles))
	for name, text := range s.envFiles {
		hashes[name] = secretHash(text)
	}
	return hashes
}

// redactAll replaces the secrets in every text that the pointer leads to.
func (s *Scenario) redactAll(pointer any) {
	if len(s.SecretForms()) > 0 {
		s.redactValue(reflect.ValueOf(pointer).Elem())
	}
}

func (s *Scenario) redactValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() {
			v.SetString(s.Redact(v.String()))
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			s.redactValue(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				s.redactValue(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			s.redactValue(v.Index(i))
		}
	case reflect.Map:
		s.redactMap(v)
	}
}

// redactMap replaces in values alone: keys are names.
func (s *Scenario) redactMap(m reflect.Value) {
	for _, key := range m.MapKeys() {
		value := reflect.New(m.Type().Elem()).Elem()
		value.Set(m.MapIndex(key))
		s.redactValue(value)
		m.SetMapIndex(key, value)
	}
}

// revealed are the targets with their secrets filled in.
func (s *Scenario) revealed(targets []Target) []Target {
	if len(s.Secrets()) == 0 {
		return targets
	}
	out := slices.Clone(targets)
	for i, t := range out {
		t.Path, t.Body, t.Headers = s.reveal(t.Path, t.Plain), s.reveal(t.Body, t.Plain), maps.Clone(t.Headers)
		for name, value := range t.Headers {
			t.Headers[name] = s.reveal(value, t.Plain)
		}
		t.Lines = slices.Clone(t.Lines)
		for j := range t.Lines {
			t.Lines[j].Value = s.reveal(t.Lines[j].Value, t.Plain)
		}
		out[i] = t
	}
	return out
}

// reveal fills in the secrets. One that looks like a template must not be taken for
// one.
func (s *Scenario) reveal(text string, plain bool) string {
	return secretPlaceholder.ReplaceAllStringFunc(text, func(p string) string {
		value, ok := s.secrets.values[p[2:len(p)-1]]
		switch {
		case !ok:
			return p
		case !plain && strings.Contains(value, "{{"):
			return fmt.Sprintf("{{%q}}", value)
		}
		return value
	})
}

var (
	secretPlaceholder = regexp.MustCompile(`\$\{(env\.[A-Za-z_][A-Za-z0-9_]*|hidden\.[0-9a-f]{16})\}`)
	envReference      = regexp.MustCompile(`\$\{env\.([A-Za-z_][A-Za-z0-9_]*)\}`)
	hiddenReference   = regexp.MustCompile(`\$\{(hidden\.[0-9a-f]{16})\}`)
)
