package printable

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain, tabs\tand\nlines: äöü 日本 👩‍🚀", "plain, tabs\tand\nlines: äöü 日本 👩‍🚀"},
		{"\x1b[31mred\x1b[0m", "red"},
		{"\x1b]0;title\x07after", "after"},
		{"\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"},
		{"\x1b]0;never ends", ""},
		{"\x1bPdevice\x1b\\x\x1b(Bx\x1bcx", "xxx"},
		{"a\rb", "a\nb"}, {"a\r\nb", "a\nb"},
		{"bell\a back\b null\x00 del\x7f", "bell back null del"},
		{"8 bit \u009b31m", "8 bit 31m"},
		{"right\u202eleft\u2066x\u200b\ufeff", "rightleftx"},
		{"not \xff utf", "not \uFFFD utf"},
		{"a\u2028b\u0085c", "a\nb\nc"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := Text(tt.in); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestLine(t *testing.T) {
	if got := Line(" a\r\n\x1b[2Jb\t c "); got != "a b c" {
		t.Errorf("%q", got)
	}
}

func TestWriter(t *testing.T) {
	var out strings.Builder
	n, err := Writer(&out).Write([]byte("a\x1b[2Jb\n"))
	if n != 7 || err != nil || out.String() != "ab\n" {
		t.Errorf("%d, %v, %q", n, err, out.String())
	}
}

// FuzzText: what comes out is UTF-8 without a control character, and is left as it
// is when it goes through again.
func FuzzText(f *testing.F) {
	for _, s := range []string{"\x1b[31m", "\x1b\x1b[3\x1b[1m1m", "\x1b]0;\x1b\\", "\xff\u202e", "\r\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			t.Errorf("%q became %q", s, got)
		}
		if again := Text(got); again != got {
			t.Errorf("%q became %q, then %q", s, got, again)
		}
	})
}
