package markdown

import (
	"strings"
	"testing"
)

// FuzzEscaped: whatever a scenario says, a table's row stays one row of as
// many cells, and nothing in it becomes HTML.
func FuzzEscaped(f *testing.F) {
	for _, s := range []string{"a | b", "a \\| b", "two\nlines", "<script>", "`code`", "~~gone~~", "$x$", "[a](b)", "ends in \\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := escaped(s)
		if strings.ContainsAny(got, "\n\r<>") {
			t.Fatalf("%q became %q", s, got)
		}
		if cells := strings.Count(strings.NewReplacer(`\\`, "", `\|`, "").Replace(got), "|"); cells > 0 {
			t.Fatalf("%q became %q, which has %d bars of its own", s, got, cells)
		}
	})
}
