package engine

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
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

func TestTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var many strings.Builder
	for i := range 100 {
		fmt.Fprintln(&many, "line", i)
	}
	cases := []struct{ name, text, first, last string }{
		{"empty", "", "", ""},
		{"one line", "only", "only", "only"},
		{"few lines", "a\nb\n", "a", "b"},
		{"many lines", many.String(), "line 80", "line 99"},
		{"long lines", strings.Repeat(strings.Repeat("x", 3000)+"\n", 5) + "end\n", strings.Repeat("x", 3000), "end"},
		{"one endless line", strings.Repeat("x", 3*tailBytes), strings.Repeat("x", tailBytes), strings.Repeat("x", tailBytes)},
		{"no text", "a\xff\nb", "a\uFFFD", "b"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			write(c.text)
			got, err := tail(path)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(got, "\n")
			if lines[0] != c.first || lines[len(lines)-1] != c.last || len(lines) > tailLines {
				t.Errorf("%d lines, from %.40q to %.40q", len(lines), lines[0], lines[len(lines)-1])
			}
		})
	}
	write("")
	if got := quoteTail(path); got != "; it wrote nothing" {
		t.Errorf("%q", got)
	}
	if got := quoteTail(path + "x"); !strings.Contains(got, "can't be read") {
		t.Errorf("%q", got)
	}
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

func TestNumber(t *testing.T) {
	var numeric pgtype.Numeric
	if err := numeric.Scan("12.5"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		value any
		want  float64
	}{{int16(1), 1}, {int32(2), 2}, {int64(3), 3}, {4.5, 4.5}, {numeric, 12.5}} {
		if got, err := number(c.value); err != nil || got != c.want {
			t.Errorf("%v: %v, %v", c.value, got, err)
		}
	}
	for _, bad := range []any{nil, "5", true, pgtype.Numeric{}} {
		if got, err := number(bad); err == nil {
			t.Errorf("%v: %v", bad, got)
		}
	}
}

func TestImageName(t *testing.T) {
	for pkg, want := range map[string]string{
		"./variants/before": "before", "example.com/My_Service": "my-service", ".": "program", "./a/.../": "program", "./x/v2.1": "v2-1",
	} {
		if got := imageName(pkg); got != want {
			t.Errorf("%q: %q, want %q", pkg, got, want)
		}
	}
}

func TestStatusOutcome(t *testing.T) {
	for status, want := range map[int]outcome{0: {}, 3: {code: 3}, 128: {code: 128}, 137: {code: -1, signal: 9}, 143: {code: -1, signal: 15}, 255: {code: 255}} {
		if got := statusOutcome(status); got != want {
			t.Errorf("%d: %+v, want %+v", status, got, want)
		}
	}
}

func TestParseDSN(t *testing.T) {
	for _, good := range []string{"postgres://u:p@h:5432", "postgresql://h/db?sslmode=disable"} {
		u, err := parseDSN(good)
		if err != nil {
			t.Errorf("%q: %v", good, err)
			continue
		}
		if got := at(u, "x_y"); !strings.Contains(got, "/x_y") || strings.Contains(got, "/db") {
			t.Errorf("%q: %q", good, got)
		}
	}
	for _, bad := range []string{"", "host=h user=u", "http://h", "postgres://", "postgres:///db", "postgres://u:secret@h:bad port"} {
		if _, err := parseDSN(bad); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestFeedEnds(t *testing.T) {
	for _, text := range []string{"", `{"at": "2026-01-01T00:00:00Z"}`, `{"at": "2026-01-01T00:00:00Z"} {"at": `, "no JSON"} {
		f := newFeed(io.NopCloser(strings.NewReader(text)), os.DevNull, nil)
		if err := f.sample(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "the sampler ended before it was asked to") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestPostgresArgs(t *testing.T) {
	cases := []struct {
		settings map[string]string
		want     string
	}{
		{nil, "-c max_connections=200 -c port=1"},
		{map[string]string{"fsync": "off", "max_connections": "400"}, "-c fsync=off -c max_connections=400 -c port=1"},
		{map[string]string{"port": "5"}, "-c max_connections=200 -c port=5 -c port=1"}, // the last one counts
	}
	for _, c := range cases {
		if got := strings.Join(postgresArgs(c.settings, "port=1"), " "); got != c.want {
			t.Errorf("%v: %q, want %q", c.settings, got, c.want)
		}
	}
}
