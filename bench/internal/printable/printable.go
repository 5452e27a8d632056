// Package printable makes untrusted texts safe to show: the output of a service, its
// counters' names, a daemon's messages, a run directory from elsewhere. Control characters
// command a terminal, and characters that change the direction of a line mislead a reader.
// Writers of Markdown, HTML and XML escape their markup themselves.
package printable

import (
	"io"
	"regexp"
	"strings"
	"unicode"
)

// sequences are the commands of a terminal (ECMA-48): CSI, OSC and the other strings, and
// two-character escapes. The 8-bit forms are control characters in UTF-8.
var sequences = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[ -/]*[0-~])")

// Text removes escape sequences, control characters other than line breaks and tabs, marks
// of direction, and bytes that are not UTF-8.
func Text(s string) string {
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

// hidden reports whether the character is invisible: categories Cc, Cf, Co and Cs, except
// the joiner of emoji.
func hidden(r rune) bool {
	return r != '\u200d' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs)
}

// Writer passes each write through [Text]: an escape sequence must not span two writes.
func Writer(w io.Writer) io.Writer { return writer{w} }

type writer struct{ w io.Writer }

// Write implements io.Writer.
func (w writer) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.w, Text(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
