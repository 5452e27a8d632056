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

func TestFlat(t *testing.T) {
	got, err := flat([]byte(`{"a": "x\n", "n": 1.50, "t": true}`))
	if err != nil || len(got) != 3 || got["a"] != "x\n" || got["n"] != "1.50" || got["t"] != "true" {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "null garbage", "[]", `{"a": null}`, `{"a": {}}`, `{"a": [1]}`} {
		if got, err := flat([]byte(bad)); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func FuzzFlat(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":"b"}`, `{"a": 1e3, "b": false}`, `{"a": null}`, `null`, `{`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, err := flat(body); err == nil && got == nil {
			t.Errorf("%q: neither an object nor an error", body)
		}
	})
}

// TestFlatNumbers: what a service tells is kept to the last digit.
func TestFlatNumbers(t *testing.T) {
	for _, tt := range []struct {
		text       string
		told, rest float64
	}{
		{"0", 0, 0}, {"-3", -3, 0}, {"1.5", 1.5, 0}, {"1e3", 1000, 0},
		{"9007199254740992", 1 << 53, 0},
		{"9007199254740993", 1 << 53, 1},
		{"-9007199254740993", -(1 << 53), -1},
		{"1764238092123456789", 1764238092123456768, 21},
		{"18446744073709551615", 1 << 64, -1},
		{"340282366920938463463374607431768211457", 1 << 128, 1},
	} {
		told, rest, err := flatNumbers([]byte(`{"n": ` + tt.text + `, "s": "5", "t": true}`))
		if err != nil || len(told) != 1 || told["n"] != tt.told || rest["n"] != tt.rest || len(rest) > 1 {
			t.Errorf("%s: %v and %v, %v; want %v and %v", tt.text, told, rest, err, tt.told, tt.rest)
		}
	}
	for _, bad := range []string{"", "[]", `{"n": 1e999}`, `{"n": 1} {"n": 2}`, `{"n": 01}`} {
		if told, _, err := flatNumbers([]byte(bad)); err == nil {
			t.Errorf("%q: %v", bad, told)
		}
	}
}

func FuzzFlatNumbers(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a": 9007199254740993}`, `{"a": 1e3, "b": -0.0}`, `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		told, rest, err := flatNumbers(body)
		for name := range rest {
			if _, ok := told[name]; !ok || err != nil {
				t.Errorf("%q: %v without its number, %v", body, name, err)
			}
		}
	})
}
