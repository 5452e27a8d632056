// Package secret finds and hides values that look like secrets, and stores values that
// must never be shown.
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

// Vault holds the secret values that are filled into a scenario and never shown.
type Vault struct {
	values map[string]string // by Placeholder, such as "env.TOKEN"
	needed map[string]bool   // the Placeholders that the scenario uses
	own    map[string]string // the text that replaces an env file's value, by that value
	forms  *strings.Replacer // replaces all values; nil until Build
	all    []string          // the values that forms replaces, the longest first
}

// New returns an empty vault.
func New() *Vault {
	return &Vault{values: map[string]string{}, needed: map[string]bool{}, own: map[string]string{}}
}

// Hide stores the value and returns the Placeholder that replaces it.
func (s *Vault) Hide(value string) string {
	name := HiddenPrefix + Hash([]byte(value))
	s.values[name] = value
	return "${" + name + "}"
}

// Hash is stored in a run directory instead of a secret, to detect that the secret has
// changed. A short secret could be guessed from it, so each guess costs some ten
// milliseconds. 64 bits match many guesses, yet tell two secrets apart.
func Hash(text []byte) string {
	const salt, rounds, size = "memproof: what is hidden in a run directory", 1 << 16, 8
	key, err := pbkdf2.Key(sha256.New, string(text), []byte(salt), rounds, size)
	if err != nil { // only for a salt or a size that FIPS 140 forbids; these are fixed
		panic(err)
	}
	return fmt.Sprintf("%x", key)
}

// ConcealComments hides the secrets in the comments of a scenario too: old passwords
// are often left there.
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
		if changed := bytes.Join(lines, nil); strictyaml.Same(text, changed) { // otherwise it was not a comment
			out = changed
		}
	}
	return out
}

// shortestSecret is the fewest bytes of a value that is replaced in the output of
// programs. A shorter value is part of many harmless words.
const shortestSecret = 6

// Build makes the replacer. A value that the scenario's copy shows is not a secret.
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

// formsOf returns the ways in which programs write a value: unchanged, in JSON, in a
// URL, and line by line.
func formsOf(value string) []string {
	quoted, _ := json.Marshal(value) // a string always marshals
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

// Prefixes of the Placeholders whose values a run directory does not hold.
const (
	EnvPrefix    = "env."    // ${env.NAME}: a variable of memproof's own environment
	HiddenPrefix = "hidden." // ${hidden.HASH}: a literal of the scenario that looks like a secret
)

// Placeholder matches the texts that the engine replaces in a variant's environment.
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

// redactMap changes values only: keys are names.
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

// Values returns the values of all placeholders by name; a nil vault has none.
func (s *Vault) Values() map[string]string {
	if s == nil {
		return nil
	}
	return s.values
}

// Need records that the scenario uses the placeholder.
func (s *Vault) Need(name string) { s.needed[name] = true }

// Needed returns the placeholders that the scenario uses, sorted.
func (s *Vault) Needed() []string { return slices.Sorted(maps.Keys(s.needed)) }

// Show sets the text that replaces a value without a placeholder.
func (s *Vault) Show(value, as string) { s.own[value] = as }

// Forms returns the texts that [Vault.Redact] replaces, the longest first.
func (s *Vault) Forms() []string { return s.all }

// Redact replaces each secret in a text by its placeholder or text. Secrets of fewer
// than 6 bytes stay: they are part of many harmless words.
func (s *Vault) Redact(text string) string {
	if s == nil || len(s.all) == 0 {
		return text
	}
	return s.forms.Replace(text)
}

// RedactAll replaces the secrets in every text that the pointer leads to.
func (s *Vault) RedactAll(pointer any) {
	if s != nil && len(s.all) > 0 {
		s.redactValue(reflect.ValueOf(pointer).Elem())
	}
}

// Reveal fills in the secrets. If the text is a template (plain is false), a secret
// that contains {{ is quoted, so that it is not executed.
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
