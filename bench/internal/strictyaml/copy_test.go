package strictyaml

import (
	"reflect"
	"strings"
	"testing"
)

type changed struct {
	Env  map[string]string `yaml:"env"`
	Args []string          `yaml:"args"`
	Last string            `yaml:"last"`
}

// hide is a change that replaces secrets.
func hide(_, value string) string { return strings.ReplaceAll(value, "secret", "${x}") }

// TestChanged: in every notation of a scalar the change is made, and comments stay. A text
// without a change stays as it is.
func TestChanged(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "# top\n\nenv:\n  A: secret # why\nlast: x\n", "# top\n\nenv:\n  A: ${x} # why\n\nlast: x\n"},
		{"in a flow", "env: {A: secret, B: 'secret', C: \"a \\\" secret\"} # ö\n", "env: {A: '${x}', B: '${x}', C: \"a \\\" ${x}\"} # ö\n"},
		{"single quotes", "env: {ö: 'it''s secret', B: 1}\n", "env: {ö: 'it''s ${x}', B: 1}\n"},
		{"list", "args: [-t=secret, b]\n", "args: ['-t=${x}', b]\n"},
		{"literal", "env:\n  A: |\n    secret\n\n    two # no comment\n  B: c\n", "env:\n  A: |\n    ${x}\n\n    two # no comment\n  B: c\n"},
		{"folded", "env:\n  A: >-\n    secret\n    two\n", "env:\n  A: >-\n    ${x} two\n"},
		{"quoted over lines", "env:\n  A: \"one\n    secret\"\n", "env:\n  A: \"one ${x}\"\n"},
		{"plain over lines", "env:\n  A: a\n    secret\n", "env:\n  A: a ${x}\n"},
		{"a number", "env: {A: 1secret}\nargs: [5]\n", "env: {A: '1${x}'}\nargs: [5]\n"},
		{"the file's end", "last: secret", "last: ${x}\n"},
		{"nothing", "env: {A:   b}\nlast:   x\n", "env: {A:   b}\nlast:   x\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d, got := changeAndDecode(t, tt.text); d.Err() != nil || got != tt.want {
				t.Errorf("%v\ngot  %q\nwant %q", d.Err(), got, tt.want)
			}
		})
	}
}

// changeAndDecode wants the changed text to decode to the changed values.
func changeAndDecode(t *testing.T, text string) (d *Document, got string) {
	t.Helper()
	var first, again changed
	if d = Decode("f", []byte(text), &first, hide, Bases{}); d.Err() != nil {
		return d, ""
	}
	got = string(d.Changed([]byte(text)))
	if err := Decode("f", []byte(got), &again, nil, Bases{}).Err(); d.Err() == nil && (err != nil || !reflect.DeepEqual(first, again)) {
		t.Errorf("%q is %q: %v: %+v, want %+v", text, got, err, again, first)
	}
	return d, got
}

func FuzzChanged(f *testing.F) {
	for _, s := range []string{
		"env:\n  A: |2\n     secret\n", "env: {A: 'secret'}\nargs:\n- secret\n- \"a\\\n  secret\"\n",
		"last: >+\n secret\n\n", "\ufefflast: secret\r\n", "last: [secret]\n", "last: ? secret",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, _ := changeAndDecode(t, text); d.Err() != nil && strings.Contains(d.Err().Error(), "run directory's copy") {
			t.Errorf("%q: %v", text, d.Err())
		}
	})
}
