package strictyaml

import (
	"strings"
	"testing"
)

type changed struct {
	Env  map[string]string `yaml:"env"`
	Args []string          `yaml:"args"`
	Last string            `yaml:"last"`
}

// hide is a change as a person's secrets need it.
func hide(_, value string) string { return strings.ReplaceAll(value, "secret", "${x}") }

// TestChanged: whatever the notation of a scalar, the changed text decodes to the
// changed values, each line is where it was, and comments stay.
func TestChanged(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "env:\n  A: secret # why\nlast: x\n", "env:\n  A: \"${x}\" # why\nlast: x\n"},
		{"in a flow", "env: {A: secret, B: 'secret', C: \"a \\\" secret\"} # ö\nlast: x\n", "env: {A: \"${x}\", B: \"${x}\", C: \"a \\\" ${x}\"} # ö\nlast: x\n"},
		{"single quotes", "env: {ö: 'it''s secret', B: 1}\nlast: x\n", "env: {ö: \"it's ${x}\", B: 1}\nlast: x\n"},
		{"list", "args: [-t=secret, b]\nlast: x\n", "args: [\"-t=${x}\", b]\nlast: x\n"},
		{"literal", "env:\n  A: |\n    secret\n\n    two # no comment\n  B: c\nlast: x\n", "env:\n  A: \"${x}\\n\\ntwo # no comment\\n\\\n      \\\n      \\\n      \"\n  B: c\nlast: x\n"},
		{"folded", "env:\n  A: >-\n    secret\n    two\nlast: x\n", "env:\n  A: \"${x} two\\\n      \\\n      \"\nlast: x\n"},
		{"quoted over lines", "env:\n  A: \"one\n    secret\"\nlast: x\n", "env:\n  A: \"one ${x}\\\n      \"\nlast: x\n"},
		{"the file's end", "last: secret", "last: \"${x}\""},
		{"nothing", "env: {A: b}\nlast: x\n", "env: {A: b}\nlast: x\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var first, again changed
			d := DecodeChanged("f", []byte(tt.text), &first, hide)
			got := d.Changed([]byte(tt.text))
			if d.Err() != nil || string(got) != tt.want {
				t.Fatalf("%v\ngot  %q\nwant %q", d.Err(), got, tt.want)
			}
			same(t, d, Decode("f", got, &again), first, again)
		})
	}
}

// same wants two documents to hold the same on the same lines.
func same(t *testing.T, a, b *Document, first, again changed) {
	t.Helper()
	if b.Err() != nil || first.Last != again.Last || len(first.Env) != len(again.Env) || strings.Join(first.Args, "\x00") != strings.Join(again.Args, "\x00") {
		t.Errorf("%v: %+v, want %+v", b.Err(), again, first)
	}
	for key, value := range first.Env {
		if again.Env[key] != value {
			t.Errorf("%s is %q, want %q", key, again.Env[key], value)
		}
	}
	for field, n := range a.places {
		if m := b.places[field]; m == nil || m.Line != n.Line {
			t.Errorf("%s was in line %d, is at %+v", field, n.Line, m)
		}
	}
}

// TestChangedRefuses what it can't replace, where it stands.
func TestChangedRefuses(t *testing.T) {
	for _, text := range []string{"env:\n  A: a\n    secret\n", "env:\n  A: !!str secret\n"} {
		var into changed
		d := DecodeChanged("f", []byte(text), &into, hide)
		d.Changed([]byte(text))
		if d.Err() == nil || !strings.Contains(d.Err().Error(), "f:2:6: env.A: can't be replaced") {
			t.Errorf("%q: %v", text, d.Err())
		}
	}
}

// FuzzChanged: a changed text holds nothing of what was to go, and decodes to what
// the first decoding gave.
func FuzzChanged(f *testing.F) {
	for _, s := range []string{
		"env:\n  A: |2\n     secret\n", "env: {A: 'secret'}\nargs:\n- secret\n- \"a\\\n  secret\"\n",
		"last: >+\n secret\n\n", "\ufefflast: secret\r\n", "last: [secret]\n", "last: ? secret",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var first, again changed
		d := DecodeChanged("f", []byte(text), &first, hide)
		if d.Err() != nil {
			return
		}
		got := d.Changed([]byte(text))
		if d.Err() == nil {
			same(t, d, Decode("f", got, &again), first, again)
		}
	})
}
