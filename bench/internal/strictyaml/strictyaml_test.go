package strictyaml

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// all has a field of each kind.
type all struct {
	Name  string            `yaml:"name"`
	Count int               `yaml:"count" also:"number,amount"`
	Small int8              `yaml:"small"`
	Seed  uint64            `yaml:"seed"`
	Byte  uint8             `yaml:"byte"`
	Speed float64           `yaml:"speed"`
	On    bool              `yaml:"on_"`
	For   time.Duration     `yaml:"for"`
	Word  upper             `yaml:"word"`
	Args  []string          `yaml:"args"`
	Sizes []int             `yaml:"sizes"`
	Env   map[string]string `yaml:"env"`
	Part  part              `yaml:"part"`
	Maybe *part             `yaml:"maybe"`
	Parts []part            `yaml:"parts"`

	Hidden  string `yaml:"-"`
	private string //nolint:unused // a field without a tag has no name in a file
}

type part struct {
	X int `yaml:"x"`
	Y int `yaml:"y"`
}

// upper is a text with a notation of its own.
type upper string

func (u *upper) UnmarshalText(text []byte) error {
	if strings.ToUpper(string(text)) != string(text) {
		return fmt.Errorf("%q is not in capitals", text)
	}
	*u = upper(text)
	return nil
}

func TestDecodeAccepts(t *testing.T) {
	for _, tt := range []struct {
		text string
		want all
	}{
		{"name: x", all{Name: "x"}},
		{"name: 5", all{Name: "5"}},
		{"name: 1e3", all{Name: "1e3"}},
		{"name: yes", all{Name: "yes"}},
		{"name: 2026-01-02", all{Name: "2026-01-02"}},
		{`name: ""`, all{}},
		{`name: "null"`, all{Name: "null"}},
		{"name: |\n  two\n  lines\n", all{Name: "two\nlines\n"}},
		{"count: 0", all{}},
		{"count: -0", all{}},
		{"count: 12", all{Count: 12}},
		{"count: -12", all{Count: -12}},
		{"count: 9223372036854775807", all{Count: 9223372036854775807}},
		{"small: -128", all{Small: -128}},
		{"seed: 18446744073709551615", all{Seed: 18446744073709551615}},
		{"byte: 255", all{Byte: 255}},
		{"speed: 2", all{Speed: 2}},
		{"speed: -1.5", all{Speed: -1.5}},
		{"speed: .5", all{Speed: 0.5}},
		{"speed: 1.5e2", all{Speed: 150}},
		{"on_: true", all{On: true}},
		{"on_: Yes", all{On: true}},
		{"on_: ON", all{On: true}},
		{"on_: no", all{}},
		{"for: 1m30s", all{For: 90 * time.Second}},
		{`for: " 200ms "`, all{For: 200 * time.Millisecond}},
		{"word: ABC", all{Word: "ABC"}},
		{"args: [a, 1, true]", all{Args: []string{"a", "1", "true"}}},
		{"args: []", all{Args: []string{}}},
		{"sizes: [6, 9]", all{Sizes: []int{6, 9}}},
		{"env: {A: 1, on: off, \"\": x}", all{Env: map[string]string{"A": "1", "on": "off", "": "x"}}},
		{"part: {x: 1, y: 2}", all{Part: part{1, 2}}},
		{"maybe: {}", all{Maybe: &part{}}},
		{"parts:\n  - {x: 1}\n  - y: 2\n", all{Parts: []part{{X: 1}, {Y: 2}}}},
		{"---\nname: x\n...\n", all{Name: "x"}},
		{"# first\n\nname: x # last\n", all{Name: "x"}},
		{"\ufeffname: x\n", all{Name: "x"}},
		{"name: x\r\ncount: 2\r\n", all{Name: "x", Count: 2}},
		{`{"name": "x", "count": 2}`, all{Name: "x", Count: 2}},
		{"\xff\xfen\x00a\x00m\x00e\x00:\x00 \x00x\x00", all{Name: "x"}},
	} {
		var got all
		if err := Decode("f.yaml", []byte(tt.text), &got, nil, Bases{}).Err(); err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: %+v, %v; want %+v", tt.text, got, err, tt.want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	const known = "want one of name, count, small, seed, byte, speed, on_, for, word, args, sizes, env, part, maybe, parts"
	for _, tt := range []struct{ text, want string }{
		// whole numbers
		{"count: 1.5", `1:8: count: "1.5": want a whole number`},
		{"count: 6.0", `1:8: count: "6.0": want a whole number: write 6`},
		{"count: 1e3", `1:8: count: "1e3": want a whole number: write 1000`},
		{"count: 0x10", `1:8: count: "0x10": want a whole number: write 16`},
		{"count: 0b11", `1:8: count: "0b11": want a whole number: write 3`},
		{"count: 0o17", `1:8: count: "0o17": want a whole number: write 15`},
		{"count: 010", `1:8: count: "010": want a whole number without leading zeros`},
		{"count: 08", `1:8: count: "08": want a whole number: write 8`},
		{"count: 1_000", `1:8: count: "1_000": want a whole number: write 1000`},
		{"count: 1,000", `1:8: count: "1,000": want a whole number`},
		{"count: +6", `1:8: count: "+6": want a whole number: write 6`},
		{"count: .inf", `1:8: count: ".inf": want a whole number`},
		{"count: .nan", `1:8: count: ".nan": want a whole number`},
		{"count: yes", `1:8: count: "yes": want a whole number`},
		{"count: 190:20:30", `1:8: count: "190:20:30": want a whole number`},
		{"count: 2026-01-02", `1:8: count: "2026-01-02": want a whole number`},
		{"count: '6'", `1:8: count: "6" is text: want a whole number, without quotes`},
		{"count: |\n  6\n", `1:8: count: "6\n" is text: want a whole number, without quotes`},
		{"count: ~", "1:8: count: has no value: write one, or delete the line"},
		{"count: null", "1:8: count: has no value: write one, or delete the line"},
		{"count:", "1:7: count: has no value: write one, or delete the line"},
		{"count: [6]", "1:8: count: want a whole number, got a list"},
		{"count: 9223372036854775808", "1:8: count: 9223372036854775808 is out of range: want -9223372036854775808 to 9223372036854775807"},
		{"small: 128", "1:8: small: 128 is out of range: want -128 to 127"},
		{"seed: -1", `1:7: seed: "-1": want a whole number from 0`},
		{"seed: 18446744073709551616", "1:7: seed: 18446744073709551616 is out of range: want 0 to 18446744073709551615"},
		{"byte: 256", "1:7: byte: 256 is out of range: want 0 to 255"},
		{"sizes: [6, 9.5]", `1:12: sizes[1]: "9.5": want a whole number`},
		{"parts: [{x: 1.5}]", `1:13: parts[0].x: "1.5": want a whole number`},
		// numbers with a fraction
		{"speed: .inf", `1:8: speed: ".inf": want a number, such as 1.5`},
		{"speed: .nan", `1:8: speed: ".nan": want a number`},
		{"speed: 0x1p3", `1:8: speed: "0x1p3": want a number`},
		{"speed: 1_0.5", `1:8: speed: "1_0.5": want a number`},
		{"speed: 1e999", "1:8: speed: 1e999 is out of range"},
		{"speed: '2'", `1:8: speed: "2" is text: want a number, without quotes`},
		{"speed: no", `1:8: speed: "no": want a number`},
		// truth values
		{"on_: 1", `1:6: on_: "1": want true or false`},
		{"on_: y", `1:6: on_: "y": want true or false`},
		{"on_: 'true'", `1:6: on_: "true" is text: want true or false, without quotes`},
		{"on_: ~", "1:6: on_: has no value"},
		// texts
		{"name: ~", "1:7: name: ~ is YAML for no value: put a text in quotes, or delete the line"},
		{"name: NULL", "1:7: name: NULL is YAML for no value: put a text in quotes"},
		{"name:", `1:6: name: has no value: write one, or "" for an empty text, or delete the line`},
		{"env: {A: }", `1:10: env.A: has no value: write one, or "" for an empty text`},
		{"name: [a]", "1:7: name: want text, got a list"},
		{"for: 30", `1:6: for: "30": want a duration, such as 30s, 1m30s or 200ms`},
		{"for: -1s", `1:6: for: "-1s": want a duration`},
		{"for: 9999999h", `1:6: for: "9999999h": want a duration`},
		{"for: {a: b}", "1:6: for: want a single value, got a mapping"},
		{"word: abc", `1:7: word: "abc" is not in capitals`},
		{"word: " + strings.Repeat("A", 2000), `1:7: word: "` + strings.Repeat("A", 60) + `…" has 2000 characters: want at most 1000`},
		// lists and mappings
		{"args: gunicorn -w 4", `1:7: args: want a list, got "gunicorn -w 4": write [gunicorn, -w, 4]`},
		{"args: {a: b}", "1:7: args: want a list, got a mapping: begin each entry with -"},
		{"sizes: 6", `1:8: sizes: want a list, got "6"`},
		{"args:", "1:6: args: has no value"},
		{"env: [A=1, B=2]", "1:6: env: want a mapping of names to values, got a list: write each on its own line, without -, as A: value"},
		{"env: A=1", `1:6: env: want a mapping of names to values, got "A=1"`},
		{"part: 5", `1:7: part: want a mapping of names to values, got "5"`},
		{"part:", "1:6: part: has no value"},
		{"nmae: x", "1:1: nmae: unknown field: did you mean name?"},
		{"amount: 2", "1:1: amount: unknown field: did you mean count?"},
		{"part: {xx: 1}", "1:8: part.xx: unknown field: did you mean x?"},
		{"something: x", "1:1: something: unknown field: " + known},
		{"Hidden: x", "1:1: Hidden: unknown field: " + known},
		{"-: x", "1:1: -: unknown field: " + known},
		{"'': x", "1:1: unknown field: " + known},
		{"name: x\nname: y", "2:1: name: is given twice, first in line 1: keep one"},
		{"env: {A: 1, A: 2}", "1:13: env.A: is given twice, first in line 1: keep one"},
		{"env: {~: 1}", "1:7: env: want a name before the colon, got nothing"},
		{"env: {[a]: 1}", "1:7: env: want a name before the colon, got a list"},
		{"? {a: b}\n: 1", "1:3: want a name before the colon, got a mapping"},
		// the rest of YAML
		{"name: &x a", "1:7: name: anchors and aliases are not supported: write the value out"},
		{"env: {A: &x a, B: *x}", "1:19: env.B: anchors and aliases are not supported: write the value out"},
		{"env: {&x A: a, *x : b}", "1:16: env: anchors and aliases are not supported: write the name out"},
		{"part: &x {x: 1}\nmaybe: {<<: *x}", "2:9: maybe: merge keys (<<) are not supported: write the fields out"},
		{"count: !!int 6", "1:8: count: the tag !!int is not supported: write the value alone"},
		{"name: !!binary eA==", "1:7: name: the tag !!binary is not supported"},
		{"env: {!!str A: 1}", "1:7: env: the tag !!str is not supported: write the name alone"},
		{"name: !mine x", "1:7: name: the tag !mine is not supported"},
		{"name: x\n---\nname: y", "2:1: a second document begins here: split the file"},
		{"name: x\n---\n", "2:1: a second document begins here"},
		{"name: x\n...\nname: [y", "invalid YAML"},
		// files
		{"", "1:1: the file is empty"},
		{"\n# nothing\n", "1:1: the file is empty"},
		{"---\n", "1:1: the file is empty"},
		{"~", "1:1: the file is empty"},
		{"\ufeff", "1:1: the file is empty"},
		{"- a", "1:1: want a mapping of names to values, got a list"},
		{"just words", `1:1: want a mapping of names to values, got "just words"`},
		{"*x", "1:1: invalid YAML: unknown anchor 'x' referenced"},
		{"part:\n\tx: 1", "2:1: a tab in the indentation: indent with spaces"},
		{"part:\n  \tx: 1", "2:3: a tab in the indentation: indent with spaces"},
		{"part:\n  x: 1\n\ty: 2", "3:1: a tab in the indentation: indent with spaces"},
		{"name x\ncount: 5", "invalid YAML"},
		{"name: [x", "invalid YAML"},
		{"name: caf\xe9\n", "1:10: byte 0xe9 is not UTF-8: save the file as UTF-8"},
		{"name: é\ncount: \x00", "2:8: control character 0x00: want a text file"},
		{strings.Repeat("[", 20000), "invalid YAML: exceeded max depth"},
		{"name: " + strings.Repeat("x", 5<<20), "1:1: the file has 5242886 bytes: want at most 4194304"},
	} {
		err := Decode("f.yaml", []byte(tt.text), new(all), nil, Bases{}).Err()
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "f.yaml:") {
			text := tt.text[:min(len(tt.text), 60)]
			t.Errorf("%q: %v\nwant f.yaml:%s", text, err, tt.want)
		}
	}
}

// TestProblemsAreReportedOnce: without what follows from them, in the order of the file.
func TestProblemsAreReportedOnce(t *testing.T) {
	text := "cuont: 5\nname: [x]\npart: {x: 1.5, y: 2}\nenv: [A]\nbyte: 3\n"
	d := Decode("f.yaml", []byte(text), new(all), nil, Bases{})
	for _, field := range []string{"count", "name", "part.x", "env.A", "env"} {
		d.Fail(field, "follows from another mistake")
		if !d.Bad(field) && field != "env.A" {
			t.Errorf("%s is not bad", field)
		}
	}
	d.Fail("byte", "is another")
	d.Fail("byte", "and one more")
	d.Fail("part.y", "is another too")
	d.Fail("parts[0].x", "is not in the file: placed at its beginning")
	var at []string
	for _, p := range d.Err().(Problems) {
		at = append(at, fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Field))
	}
	want := []string{"1:1 cuont", "1:1 parts[0].x", "2:7 name", "3:11 part.x", "3:19 part.y", "4:6 env", "5:7 byte", "5:7 byte"}
	if !reflect.DeepEqual(at, want) {
		t.Errorf("got %q, want %q", at, want)
	}
}

func TestDocumentKnowsItsFields(t *testing.T) {
	d := Decode("f.yaml", []byte("name: 0x10\npart: {x: 1}\nmore: 1\n"), new(all), nil, Bases{})
	if !d.Has("name") || !d.Has("part.x") || d.Has("part.y") || !d.Unknown("more") || d.Unknown("name") {
		t.Error("which fields the file holds is wrong")
	}
	if d.Text("name") != "0x10" || d.Text("part") != "" || d.Text("count") != "" {
		t.Errorf("the texts are %q, %q, %q", d.Text("name"), d.Text("part"), d.Text("count"))
	}
	if !d.Bad("more") || d.Bad("name") || d.Bad("mor") {
		t.Error("which fields are bad is wrong")
	}
	d.Instead("this is something else")
	d.Fail("name", "follows")
	if got := d.Err().Error(); got != "f.yaml:1:1: this is something else" {
		t.Errorf("got %q", got)
	}
}

func TestProblemsOfAHugeFile(t *testing.T) {
	err := Decode("f.yaml", []byte("sizes: ["+strings.Repeat("x, ", 100_000)+"]"), new(all), nil, Bases{}).Err()
	if lines := strings.Split(err.Error(), "\n"); len(lines) != maxProblems+1 || !strings.HasSuffix(lines[maxProblems], "and 99900 more mistakes") {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

func TestProblemsHoldNoControlCharacters(t *testing.T) {
	err := Decode("f.yaml", []byte(`{"\e[31mred": 1, env: {"a\nb": }, name: [], args: "\e[0m", word: "\e[0m"}`), new(all), nil, Bases{}).Err()
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if !strings.HasPrefix(line, "f.yaml:1:") || strings.ContainsRune(line, '\x1b') {
			t.Errorf("got %q", line)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		"name: x\ncount: 5\n", "part: &x {x: 1}\nmaybe: *x", "? [a]\n: 1", "a: b\n---\nc: d", "\t- x", "count: 1e3", "parts: [{x: .inf}]", "\xff\xfea\x00",
		"name: |\n \tx", "env: {<<: {a: b}}", "sizes: [~, 0x1, '1']", "for: 1s\nword: A\n", "!!map {name: x}", "%YAML 1.1\n---\nname: x",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var into all
		d := Decode("f.yaml", text, &into, nil, Bases{})
		err := d.Err()
		if err == nil {
			return
		}
		for _, p := range err.(Problems) {
			if p.Line < 1 || p.Column < 1 || p.What == "" || len(p.What) > 5000 {
				t.Errorf("a problem without a place or a text: %+v", p)
			}
		}
	})
}

// sizes stand among the fields of a struct.
type sizes map[string]*part

func (sizes) Keys() (names []string, also map[string][]string) {
	return []string{"wide", "high"}, map[string][]string{"wide": {"breadth"}}
}

// TestDecodeInline: the entries of an inline map are fields like any other.
func TestDecodeInline(t *testing.T) {
	type box struct {
		Name string `yaml:"name"`
		In   sizes  `yaml:",inline"`
	}
	var got box
	d := Decode("f", []byte("wide: {x: 1}\nname: n\nhigh: {y: 2}\n"), &got, nil, Bases{})
	if want := (box{"n", sizes{"wide": {X: 1}, "high": {Y: 2}}}); d.Err() != nil || !reflect.DeepEqual(got, want) || !d.Has("high.y") {
		t.Fatalf("%+v, %v", got, d.Err())
	}
	for text, want := range map[string]string{
		"wide: {z: 1}":               "f:1:8: wide.z: unknown field",
		"breadth: {x: 1}":            "f:1:1: breadth: unknown field: did you mean wide?",
		"deepness: {x: 1}":           "f:1:1: deepness: unknown field: want one of name, wide, high",
		"high:":                      "f:1:6: high: has no value",
		"high: {x: 1}\nhigh: {x: 2}": "f:2:1: high: is given twice",
	} {
		if err := Decode("f", []byte(text), &box{}, nil, Bases{}).Err(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
