// Package printable makes texts of strangers fit to be shown: what a service
// printed, the keys that it tells, a daemon's words, a run directory that somebody
// sent. A terminal obeys control characters, and a reader is misled by characters
// that change the direction of a line. The package knows nothing of Markdown, HTML
// or XML: who writes those escapes what is markup there.
package printable

import (
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sequences are what a terminal takes for one command: CSI, OSC and the other
// strings, and two-character escapes (ECMA-48). The 8-bit forms are control
// characters in UTF-8 and go as those.
var sequences = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[ -/]*[0-~])")

// Text keeps the lines and tabs of a text and takes out what is no character to be
// read: escape sequences, control characters, marks of direction and bytes that are
// no UTF-8.
func Text(s string) string {
	if clean(s) {
		return s
	}
	s = sequences.ReplaceAllString(strings.ToValidUTF8(s, "\uFFFD"), "")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r == '\r', r == '\v', r == '\f', r == '\u0085', r == '\u2028', r == '\u2029':
			return '\n'
		case hidden(r):
			return -1
		}
		return r
	}, s)
}

// Line is [Text] on one line, with single spaces.
func Line(s string) string { return strings.Join(strings.Fields(Text(s)), " ") }

// clean spares most texts the work.
func clean(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '\n' && r != '\t' && (hidden(r) || r == '\u2028' || r == '\u2029')
	})
}

// hidden says whether the character is none to be read: categories Cc and Cf, of
// which emoji need the joiner and the selectors, and what is private or unassigned.
func hidden(r rune) bool {
	if r == '\u200d' {
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs)
}

// Writer passes on what [Text] leaves of each write, so a line should come in one.
func Writer(w io.Writer) io.Writer { return writer{w} }

type writer struct{ w io.Writer }

// Write implements io.Writer.
func (w writer) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.w, Text(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
