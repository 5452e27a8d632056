package secret

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// This file decides whether a literal of a scenario counts as a secret: by its name, or
// by its shape. It errs towards hiding: hiding a harmless value costs a reader a word,
// showing a secret costs a password. It cannot recognise a secret without shape under a
// harmless name; use ${env.NAME} for such a secret.

// Span is a part of a text, in bytes: from From up to but not including To.
type Span struct{ From, To int }

// In returns the parts of a literal that look like secrets, in order and without
// overlap. Placeholders are never part of one. name is the variable, the header or the
// flag of the value; empty if it has none.
func In(name, value string) (all []Span) {
	at := 0
	literal := func(from, to int) {
		for _, s := range literalSecrets(name, value[from:to]) {
			all = append(all, Span{from + s.From, from + s.To})
		}
	}
	for _, m := range Placeholder.FindAllStringIndex(value, -1) {
		literal(at, m[0])
		at = m[1]
	}
	literal(at, len(value))
	return all
}

func literalSecrets(name, text string) []Span {
	if !hasWord(text) {
		return nil
	}
	if kind := nameKind(name); kind != plainName && !harmless(kind, text) {
		from := len(scheme.FindString(text))
		if !hasWord(text[from:]) {
			return nil // a placeholder follows, and its value is filled in later
		}
		return []Span{{from, len(text)}}
	}
	var all []Span
	for _, m := range assignment.FindAllStringSubmatchIndex(text, -1) {
		kind := nameKind(text[m[2]:m[3]])
		if kind == plainName {
			continue
		}
		if to := m[1] + valueEnd(text[m[1]:]); !harmless(kind, strings.Trim(text[m[1]:to], `"'`)) {
			all = append(all, Span{m[1], to})
		}
	}
	for _, shape := range secretShapes {
		for _, m := range shape.FindAllStringSubmatchIndex(text, -1) {
			all = append(all, Span{m[2], m[3]})
		}
	}
	for _, m := range longRun.FindAllStringIndex(text, -1) {
		if looksRandom(text[m[0]:m[1]]) && !strings.HasSuffix(text[:m[0]], "sha256:") {
			all = append(all, Span{m[0], m[1]})
		}
	}
	return united(all)
}

// united sorts the spans and joins overlapping ones.
func united(all []Span) (out []Span) {
	slices.SortFunc(all, func(a, b Span) int { return cmp.Or(a.From-b.From, b.To-a.To) })
	for _, s := range all {
		if n := len(out); n > 0 && s.From < out[n-1].To {
			out[n-1].To = max(out[n-1].To, s.To)
		} else {
			out = append(out, s)
		}
	}
	return out
}

func hasWord(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// scheme matches the beginning of an Authorization header, which is not secret.
var scheme = regexp.MustCompile(`^\s*(?i:bearer|basic|token|digest)\s+`)

// assignment matches the beginning of NAME=VALUE, NAME: VALUE or "NAME": "VALUE" within
// a text.
var assignment = regexp.MustCompile(`([A-Za-z0-9_.-]+)["']?\s*[=:]\s*(?:(?i:bearer|basic|token)\s+)?`)

// valueEnd returns the end of the value at the beginning of the text.
func valueEnd(text string) int {
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		if end := strings.IndexByte(text[1:], text[0]); end >= 0 {
			return end + 2
		}
	}
	if end := strings.IndexAny(text, " \t\r\n&;,\"'{})"); end >= 0 {
		return end
	}
	return len(text)
}

// secretShapes match a secret by its shape, under any name. Their first group is the
// secret.
var secretShapes = []*regexp.Regexp{
	regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@]*:([^/\s@]+)@`),              // the password of a URL
	regexp.MustCompile(`(-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END|$))`),   // PEM
	regexp.MustCompile(`\b(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.?[A-Za-z0-9_-]*)`), // JSON web token
	regexp.MustCompile(`\b((?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|npm_|hf_|dop_v1_)[A-Za-z0-9_-]{8,})`),
	regexp.MustCompile(`\b((?:sk|pk|rk)[-_](?:live|test|proj|ant)[-_][A-Za-z0-9_-]{8,})`),
	regexp.MustCompile(`\b((?:AKIA|ASIA)[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{30,})`),
	regexp.MustCompile(`(?i)\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b`), // UUID
	regexp.MustCompile(`(?i)\b(?:bearer|basic)\s+([A-Za-z0-9._~+/=-]{8,})`),
}

// longRun matches a text that may be a random key.
var longRun = regexp.MustCompile(`[A-Za-z0-9+/]{20,}={0,2}`)

// looksRandom reports whether a text looks like a key, not like words or paths: it has
// both letters and digits, in high disorder. The Shannon entropy of hexadecimal digits
// is near 4 bits a character, and of base64 near 5 in 40 characters. Words have below
// 3.8, and few digits.
func looksRandom(text string) bool {
	count := map[rune]int{}
	letters, digits := 0, 0
	for _, r := range text {
		count[r]++
		if unicode.IsDigit(r) {
			digits++
		} else if unicode.IsLetter(r) {
			letters++
		}
	}
	bits := 0.0
	for _, n := range count {
		p := float64(n) / float64(len(text))
		bits -= p * math.Log2(p)
	}
	return letters >= 3 && digits >= 3 && bits >= 3.3
}

// kindOfName says what a name tells about its value.
type kindOfName int

const (
	plainName kindOfName = iota
	aboutName            // the name is about a secret, such as TOKEN_TTL or AUTH_MODE
	itsName              // the name is of a secret, such as API_TOKEN
)

var (
	strongWords = []string{
		"password", "passwd", "passphrase", "pass", "pwd", "pw", "secret", "secrets", "token", "credential", "credentials",
		"apikey", "accesskey", "secretkey", "privatekey", "jwt", "pin", "otp", "cookie", "authorization",
	}
	weakWords = []string{"key", "auth", "dsn", "bearer", "sig", "signature", "salt", "sas", "license", "licence", "session", "private"}
	inWord    = regexp.MustCompile(`password|passwd|passphrase|secret|apikey|accesskey|privatekey|credential|token$|pass$|^(db|pg|my|sql|user|admin|root|redis|smtp|http)(pwd|pw)$`)
	noPass    = regexp.MustCompile(`(by|com|tres|sur|over|under|im)pass$`)
)

func nameKind(name string) kindOfName {
	words := wordsOf(name)
	kind := plainName
	for i, w := range words {
		strong := slices.Contains(strongWords, w) || inWord.MatchString(w) && !noPass.MatchString(w)
		switch {
		case strong && i == len(words)-1:
			return itsName
		case strong, slices.Contains(weakWords, w):
			kind = aboutName
		}
	}
	return kind
}

// wordsOf splits apiToken, API_TOKEN and x-api-token alike, into lower case.
func wordsOf(name string) (words []string) {
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words, word = append(words, strings.ToLower(string(word))), nil
		}
	}
	was := ' '
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) || unicode.IsUpper(r) && unicode.IsLower(was) {
			flush()
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			word = append(word, r)
		}
		was = r
	}
	flush()
	return words
}

var (
	switchWord = regexp.MustCompile(`^(?i:true|false|yes|no|on|off|none|null|default|auto|enabled|disabled)$`)
	quantity   = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?\s*([numµ]?s|[mhd]|%|[kKMGT]?i?[bB]?)$`)
	filePath   = regexp.MustCompile(`^(\.{0,2}|~)/[A-Za-z0-9_./-]*$`)
)

// Harmless reports whether a value is not secret despite a suspicious name: a switch,
// an amount or a path.
func Harmless(name, value string) bool { return harmless(nameKind(name), value) }

// NeverSecret reports whether a value is not secret under any name.
func NeverSecret(value string) bool { return harmless(itsName, value) || filePath.MatchString(value) }

// harmless reports whether a value is not secret despite a suspicious name: a switch,
// an amount or the path of a file. Under a secret's own name, a number is a password.
func harmless(kind kindOfName, value string) bool {
	value = strings.TrimSpace(value)
	switch {
	case switchWord.MatchString(value), !hasWord(value):
		return true
	case quantity.MatchString(value), filePath.MatchString(value):
		return kind != itsName
	}
	return false
}
