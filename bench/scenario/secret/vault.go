// Package secret finds and hides what looks like a secret, and keeps the values that
// are shown nowhere.
package secret

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

// Vault holds the values that a scenario is filled with and never shows.
type Vault struct {
	values map[string]string // by Placeholder, such as "env.TOKEN"
	needed map[string]bool   // the Placeholders that something names
	own    map[string]string // what is shown in the place of an env file's value, by that value
	forms  *strings.Replacer // of all into what is shown; nil until it is asked for
	all    []string          // what the replacer replaces, the longest first
}

// New is a vault without a secret.
func New() *Vault {
	return &Vault{values: map[string]string{}, needed: map[string]bool{}, own: map[string]string{}}
}

// Hide keeps the value and returns the Placeholder that stands for it.
func (s *Vault) Hide(value string) string {
	name := HiddenPrefix + Hash([]byte(value))
	s.values[name] = value
	return "${" + name + "}"
}

// Hash is what a run directory keeps of a secret, to find that it is another
// one now. Secrets may be short enough to be guessed, so each guess is made to cost
// some ten milliseconds; 64 bits fit many guesses and tell two secrets apart.
func Hash(text []byte) string {
	const salt, rounds, size = "memproof: what is hidden in a run directory", 1 << 16, 8
	key, err := pbkdf2.Key(sha256.New, string(text), []byte(salt), rounds, size)
	if err != nil { // of a salt or a size that FIPS 140 forbids; these are fixed
		panic(err)
	}
	return fmt.Sprintf("%x", key)
}

// ConcealComments replaces what is hidden in the comments of a scenario too: people
// leave the last password there.
func (s *Vault) ConcealComments(text []byte) []byte {
	out := text
	for _, name := range slices.Sorted(maps.Keys(s.values)) {
		value := []byte(s.values[name])
		if len(value) < shortestSecret || bytes.ContainsRune(value, '\n') || !strings.HasPrefix(name, HiddenPrefix) || !bytes.Contains(out, value) {
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

// Build makes the replacer. A value that the scenario's copy shows is no secret.
func (s *Vault) Build(shown []byte) {
	shownAs := map[string]string{}
	add := func(value, as string) {
		for _, form := range formsOf(value) {
			if len(form) >= shortestSecret && !bytes.Contains(shown, []byte(form)) {
				shownAs[form] = as
			}
		}
	}
	for name, value := range s.values {
		add(value, "${"+name+"}")
		for _, part := range In("", value) {
			add(value[part.From:part.To], "${"+name+"}")
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

// formsOf are the ways in which programs write a value: as it is, in JSON, in a
// URL, and line by line.
func formsOf(value string) []string {
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

var (
	Reference    = regexp.MustCompile(`\$\{(env\.[A-Za-z_][A-Za-z0-9_]*|hidden\.[0-9a-f]{16})\}`)
	EnvReference = regexp.MustCompile(`\$\{env\.([A-Za-z_][A-Za-z0-9_]*)\}`)
)

// The names of Placeholders whose values a run directory does not hold.
const (
	EnvPrefix    = "env."    // ${env.NAME}: a variable of memproof's own environment
	HiddenPrefix = "hidden." // ${hidden.HASH}: a literal of the scenario that looks like a secret
)

// Placeholder is what the engine replaces in a variant's environment.
var Placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

func (s *Vault) redactValue(v reflect.Value) {
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
func (s *Vault) redactMap(m reflect.Value) {
	for _, key := range m.MapKeys() {
		value := reflect.New(m.Type().Elem()).Elem()
		value.Set(m.MapIndex(key))
		s.redactValue(value)
		m.SetMapIndex(key, value)
	}
}

// Set gives a placeholder, such as env.TOKEN, its value.
func (s *Vault) Set(name, value string) { s.values[name] = value }

// Value is that of a placeholder.
func (s *Vault) Value(name string) (value string, ok bool) {
	value, ok = s.values[name]
	return value, ok
}

// Values are those of all placeholders by name.
func (s *Vault) Values() map[string]string { return s.values }

// Need notes that something names the placeholder.
func (s *Vault) Need(name string) { s.needed[name] = true }

// Needed are the placeholders that something names, sorted.
func (s *Vault) Needed() []string { return slices.Sorted(maps.Keys(s.needed)) }

// Show says what is shown in the place of a value that has no placeholder.
func (s *Vault) Show(value, as string) { s.own[value] = as }

// Forms are the texts that [Vault.Redact] replaces, the longest first.
func (s *Vault) Forms() []string { return s.all }

// Redact replaces each secret in a text by what stands for it. Secrets of fewer than
// 6 bytes are left: they are in many words that are none.
func (s *Vault) Redact(text string) string {
	if s.forms == nil || len(s.all) == 0 {
		return text
	}
	return s.forms.Replace(text)
}

// RedactAll replaces the secrets in every text that the pointer leads to.
func (s *Vault) RedactAll(pointer any) {
	if len(s.all) > 0 {
		s.redactValue(reflect.ValueOf(pointer).Elem())
	}
}

// Reveal fills in the secrets. One that looks like a template must not be taken for
// one where the text is a template.
func (s *Vault) Reveal(text string, plain bool) string {
	return Reference.ReplaceAllStringFunc(text, func(p string) string {
		value, ok := s.values[p[2:len(p)-1]]
		switch {
		case !ok:
			return p
		case !plain && strings.Contains(value, "{{"):
			return fmt.Sprintf("{{%q}}", value)
		}
		return value
	})
}
