package engine

import (
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	vars := map[string]string{"port": "8000", "database.url": "postgres://u:p@h/db?a=${port}"}
	cases := []struct{ text, want, err string }{
		{"", "", ""},
		{"plain $5 {x}", "plain $5 {x}", ""},
		{"0.0.0.0:${port}", "0.0.0.0:8000", ""},
		{"${port}${port}", "80008000", ""},
		{"${database.url}", "postgres://u:p@h/db?a=${port}", ""}, // not expanded again
		{"${nope}", "", "${nope} is unknown: this scenario has ${database.url}, ${port}"},
		{"a ${port", "", `"${port" has no closing }`},
	}
	for _, c := range cases {
		got, err := expand(c.text, vars)
		if got != c.want || (err == nil) != (c.err == "") || (err != nil && !strings.Contains(err.Error(), c.err)) {
			t.Errorf("expand(%q) = %q, %v; want %q, %q", c.text, got, err, c.want, c.err)
		}
	}
	if _, err := expandEnv(map[string]string{"A": "1", "B": "${x}"}, vars); err == nil || !strings.HasPrefix(err.Error(), "env B: ") {
		t.Errorf("the error does not name the key: %v", err)
	}
}

func FuzzExpand(f *testing.F) {
	for _, seed := range []string{"", "${a}", "x${a}y${b}", "${", "}", "$${a}", "${a${b}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := expand(text, map[string]string{"a": "1", "b": ""})
		if !strings.Contains(text, "${") && (err != nil || got != text) {
			t.Errorf("%q became %q, %v", text, got, err)
		}
		if want := strings.NewReplacer("${a}", "1", "${b}", "").Replace(text); err == nil && got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	})
}
