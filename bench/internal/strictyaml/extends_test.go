package strictyaml

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

type extended struct {
	Extends string            `yaml:"extends"`
	Name    string            `yaml:"name"`
	Port    int               `yaml:"port"`
	Env     map[string]string `yaml:"env"`
	Args    []string          `yaml:"args"`
	Part    part              `yaml:"part"`
	Parts   []part            `yaml:"parts"`
}

// decodeFiles decodes top.yaml of the files.
func decodeFiles(files map[string]string, change Change) (*Document, extended) {
	var into extended
	d := Decode("top.yaml", []byte(files["top.yaml"]), &into, change, Bases{
		Own: []string{"name"},
		Read: func(name string) (string, []byte, error) {
			text, ok := files[name]
			if !ok {
				return "", nil, errors.New(name + ": no such file")
			}
			return name, []byte(text), nil
		},
	})
	return d, into
}

func TestExtends(t *testing.T) {
	const base = "name: base\nport: 1\nenv: {A: a, B: b}\nargs: [a, b]\npart:\n  x: 1\n  y: 2\nparts: [{x: 1, y: 1}, {x: 2}]\n"
	whole := extended{Port: 1, Env: map[string]string{"A": "a", "B": "b"}, Args: []string{"a", "b"}, Part: part{1, 2}, Parts: []part{{1, 1}, {2, 0}}}
	with := func(change func(*extended)) extended {
		e := whole
		change(&e)
		return e
	}
	for _, tt := range []struct {
		name, top string
		more      map[string]string
		want      extended
	}{
		{"all of the base but its name", "extends: base.yaml", nil, whole},
		{"a value", "name: x\nport: 2\nextends: base.yaml", nil, with(func(e *extended) { e.Name, e.Port = "x", 2 })},
		{"a mapping by key", "extends: base.yaml\nenv: {B: c, C: d}\npart: {y: 3}", nil, with(func(e *extended) { e.Env, e.Part.Y = map[string]string{"A": "a", "B": "c", "C": "d"}, 3 })},
		{"a mapping of nothing", "extends: base.yaml\nenv: {}", nil, whole},
		{"a list as a whole", "extends: base.yaml\nargs: [c]\nparts: [{y: 5}]", nil, with(func(e *extended) { e.Args, e.Parts = []string{"c"}, []part{{0, 5}} })},
		{"a chain", "extends: more/mid.yaml\nenv: {B: c}", map[string]string{"more/mid.yaml": "extends: ../base.yaml\nport: 3\nenv: {B: d, C: e}"},
			with(func(e *extended) { e.Port, e.Env = 3, map[string]string{"A": "a", "B": "c", "C": "e"} })},
		{"nothing", "name: x\nport: 5", nil, extended{Name: "x", Port: 5}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"top.yaml": tt.top, "base.yaml": base}
			for name, text := range tt.more {
				files[name] = text
			}
			d, got := decodeFiles(files, nil)
			if d.Err() != nil || !reflect.DeepEqual(got, tt.want) {
				t.Fatalf("%v\ngot  %+v\nwant %+v", d.Err(), got, tt.want)
			}
			again, alone := decodeFiles(map[string]string{"top.yaml": string(d.Changed([]byte(tt.top)))}, nil)
			if again.Err() != nil || !reflect.DeepEqual(alone, tt.want) {
				t.Errorf("as one text: %v\ngot  %+v", again.Err(), alone)
			}
		})
	}
}

// TestExtendsRefuses: each mistake stands in the file that has it.
func TestExtendsRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, top, base string
		want            []string // begin the lines of the message
	}{
		{"unknown in both", "extends: b.yaml\nprt: 1", "\n\nevn: {}", []string{"top.yaml:2:1: prt: unknown field: did you mean part?", "b.yaml:3:1: evn: unknown field: did you mean env?"}},
		{"a value of the base", "extends: b.yaml", "part: {x: one}", []string{`b.yaml:1:11: part.x: "one": want`}},
		{"a value that is replaced", "extends: b.yaml\nport: 2", "port: one", []string{`b.yaml:1:7: port: "one": want`}},
		{"twice in the base", "extends: b.yaml\nport: 2", "port: 1\nport: 1", []string{"b.yaml:2:1: port: is given twice"}},
		{"twice in the file", "extends: b.yaml\nenv: {A: a}\nenv: {B: b}", "env: {A: c}", []string{"top.yaml:3:1: env: is given twice"}},
		{"below a key of both", "extends: b.yaml\npart: {x: 1}", "part:\n  z: 1", []string{"b.yaml:2:3: part.z: unknown field"}},
		{"a base with invalid YAML", "extends: b.yaml", "env: {", []string{"b.yaml:1:1: invalid YAML"}},
		{"a base that is a list", "extends: b.yaml\nport: x", "[1]", []string{`top.yaml:2:7: port: "x"`, "b.yaml:1:1: want a mapping"}},
		{"an empty base", "extends: b.yaml", "", []string{"b.yaml:1:1: the file is empty"}},
		{"no such file", "port: 1\nextends: none.yaml", "", []string{"top.yaml:2:10: extends: none.yaml: no such file"}},
		{"no such file of the base", "extends: b.yaml", "extends: none.yaml", []string{"b.yaml:1:10: extends: none.yaml: no such file"}},
		{"no name", `extends: ""`, "", []string{"top.yaml:1:10: extends: is empty: want a file"}},
		{"no value", "extends:", "", []string{"top.yaml:1:9: extends: has no value"}},
		{"a list of files", "extends: [b.yaml]", "", []string{"top.yaml:1:10: extends: want text, got a list"}},
		{"itself", "extends: top.yaml", "", []string{"top.yaml:1:10: extends: top.yaml extends this file, or is this file"}},
		{"a cycle", "extends: b.yaml", "port: 1\nextends: top.yaml", []string{"b.yaml:2:10: extends: top.yaml extends this file"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, _ := decodeFiles(map[string]string{"top.yaml": tt.top, "b.yaml": tt.base}, nil)
			if d.Err() == nil {
				t.Fatal("was accepted")
			}
			lines := strings.Split(d.Err().Error(), "\n")
			if len(lines) != len(tt.want) {
				t.Fatalf("got\n%v\nwant %q", d.Err(), tt.want)
			}
			for i, line := range lines {
				if !strings.HasPrefix(line, tt.want[i]) {
					t.Errorf("got %q, want %q", line, tt.want[i])
				}
			}
		})
	}
}

func TestExtendsRefusesALongChain(t *testing.T) {
	files := map[string]string{"top.yaml": "extends: 1.yaml"}
	for i := range 20 {
		files[fmt.Sprintf("%d.yaml", i)] = fmt.Sprintf("extends: %d.yaml", i+1)
	}
	if d, _ := decodeFiles(files, nil); d.Err() == nil || !strings.HasPrefix(d.Err().Error(), "7.yaml:1:10: extends: 8.yaml is file 9") {
		t.Errorf("got %v", d.Err())
	}
}

// TestFailPlacesInTheBase: a later check points at the file that holds the field, and at
// the extending file where none does.
func TestFailPlacesInTheBase(t *testing.T) {
	d, _ := decodeFiles(map[string]string{"top.yaml": "extends: b.yaml\npart: {x: 1}", "b.yaml": "part:\n  y: 2\nparts:\n  - {x: 1}\n"}, nil)
	for _, field := range []string{"part.y", "part.x", "parts[0].y", "name"} {
		d.Fail(field, "no")
	}
	if want := "top.yaml:1:1: name: no\ntop.yaml:2:11: part.x: no\nb.yaml:2:6: part.y: no\nb.yaml:4:5: parts[0].y: no"; d.Err().Error() != want {
		t.Errorf("got\n%v\nwant\n%s", d.Err(), want)
	}
}

// TestChangedOfSeveralFiles: the one text has the changes and the comments of both files.
func TestChangedOfSeveralFiles(t *testing.T) {
	d, _ := decodeFiles(map[string]string{
		"top.yaml":    "# what it is\nname: x\nextends: b.yaml\nenv: {A: secret} # why\n# Both.\nargs: [a]\n",
		"b.yaml":      "# of the base\n\nextends: more/c.yaml\nport: 1 # here\n\nenv:\n  B: 'a secret'\n",
		"more/c.yaml": "env: {A: replaced, C: \"5\"}\nparts:\n  # first\n  - {x: 1}\n",
	}, hide)
	const want = `# what it is
name: x

# why
env:
  A: ${x}
  B: 'a ${x}'
  C: "5"

# Both.
args: [a]

port: 1 # here

parts:
  # first
  - {x: 1}
`
	if got := string(d.Changed(nil)); d.Err() != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", d.Err(), got, want)
	}
}

// FuzzExtends: the copy has the values of both files.
func FuzzExtends(f *testing.F) {
	for _, s := range [][2]string{
		{"name: x # c\nenv: {A: secret}\n", "env: {B: b} # d\nargs:\n# e\n- a\n"}, {"env: {}", "env:\n  A: |+\n    secret\n\n"}, {"{}", "args: ['a # b', \"c\\n\", 5, yes, 1e3]"},
		{"part: {x: 1}", "part: # a\n  # b\n  y: 2 # c\n\n  # d\n"}, {"env: {A: >-\n a\n b}", "{env: {A: 'it''s', \"\": ' '}}"}, {"# a\n\nport: 1\n\n# b\n", "args:\n- >\n  a\n\n   b\n- |2\n   c\n"},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, top, base string) {
		d, want := decodeFiles(map[string]string{"top.yaml": "extends: b.yaml\n" + top, "b.yaml": base}, hide)
		if d.Err() != nil {
			return
		}
		text := d.Changed(nil)
		if d.Err() != nil {
			t.Fatalf("%q over %q: %v", top, base, d.Err())
		}
		again, got := decodeFiles(map[string]string{"top.yaml": string(text)}, nil)
		if again.Err() != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q over %q is %q: %v\ngot  %+v\nwant %+v", top, base, text, again.Err(), got, want)
		}
	})
}
