// Package strictyaml decodes YAML into structs and refuses everything that the
// structs do not describe, all mistakes at once, each with its line, column
// and field.
//
// go.yaml.in/yaml/v3 finds unknown fields too, but gives no column, stops at
// the first bad unit, and cannot say where a field stood once it is decoded.
// Its parser is used; only the walk from nodes to fields is ours.
package strictyaml

import (
	"encoding"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Problem is one mistake in a file.
type Problem struct {
	File         string
	Line, Column int    // 1-based
	Field        string // load.phases[1].rate; empty for the document
	What         string // what is wrong and what to write instead
}

// Error is the problem as compilers print it: file:line:column: field: what.
func (p Problem) Error() string {
	at := fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	if p.Field == "" {
		return at + ": " + p.What
	}
	return at + ": " + p.Field + ": " + p.What
}

// Problems are the mistakes of a file in the order of its lines.
type Problems []Problem

// Error is a line a problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Document is a decoded file. It remembers where each field stood, so that
// later checks can point at the line too.
type Document struct {
	file     string
	places   map[string]*yaml.Node
	problems Problems
}

// Decode reads one YAML document into the struct that into points to. Fields
// are named by their yaml tags. Mistakes are kept: see [Document.Err].
func Decode(file string, text []byte, into any) *Document {
	d := &Document{file: file, places: map[string]*yaml.Node{}}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		d.problems = append(d.problems, syntaxProblem(file, err))
		return d
	}
	if len(root.Content) == 0 {
		d.problems = append(d.problems, Problem{File: file, Line: 1, Column: 1, What: "the file is empty"})
		return d
	}
	d.places[""] = root.Content[0]
	d.value(root.Content[0], reflect.ValueOf(into).Elem(), "")
	return d
}

var syntaxError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntaxProblem takes the line out of the YAML library's message.
func syntaxProblem(file string, err error) Problem {
	p := Problem{File: file, Line: 1, Column: 1, What: err.Error()}
	if m := syntaxError.FindStringSubmatch(err.Error()); m != nil {
		p.What = "this is no YAML: " + m[2]
		if line, err := strconv.Atoi(m[1]); err == nil {
			p.Line = line
		}
	}
	return p
}

// Fail notes a mistake at a field. Where the file does not hold the field, the
// mistake is placed at the nearest parent that it holds.
func (d *Document) Fail(field, format string, args ...any) {
	place := field
	for place != "" && d.places[place] == nil {
		place = place[:max(0, strings.LastIndexAny(place, ".["))]
	}
	d.fail(d.places[place], field, format, args...)
}

// Has says whether the file holds the field.
func (d *Document) Has(field string) bool { return d.places[field] != nil }

// Err is nil or the [Problems] found so far.
func (d *Document) Err() error {
	if len(d.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(d.problems, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return d.problems
}

func (d *Document) fail(n *yaml.Node, field, format string, args ...any) {
	p := Problem{File: d.file, Field: field, What: fmt.Sprintf(format, args...)}
	if n != nil {
		p.Line, p.Column = n.Line, n.Column
	}
	d.problems = append(d.problems, p)
}

var (
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	durationType    = reflect.TypeFor[time.Duration]()
)

func (d *Document) value(n *yaml.Node, v reflect.Value, field string) {
	d.places[field] = n
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		d.fail(n, field, "anchors and aliases are not supported: write the value out")
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), field)
	case v.Type() == durationType || v.Addr().Type().Implements(textUnmarshaler):
		d.text(n, v, field)
	case v.Kind() == reflect.Struct:
		d.structure(n, v, field)
	case v.Kind() == reflect.Map:
		d.stringMap(n, v, field)
	case v.Kind() == reflect.Slice:
		d.list(n, v, field)
	default:
		d.scalar(n, v, field)
	}
}

// structure reads a mapping whose keys are the struct's yaml tags.
func (d *Document) structure(n *yaml.Node, v reflect.Value, field string) {
	names := tags(v.Type())
	d.pairs(n, field, func(key, value *yaml.Node, sub string) {
		i := slices.Index(names, key.Value)
		if i < 0 {
			d.fail(key, sub, "unknown field%s", suggestion(key.Value, names))
			return
		}
		d.value(value, v.Field(i), sub)
	})
}

func (d *Document) stringMap(n *yaml.Node, v reflect.Value, field string) {
	v.Set(reflect.MakeMap(v.Type()))
	d.pairs(n, field, func(key, value *yaml.Node, sub string) {
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(value, item, sub)
		v.SetMapIndex(reflect.ValueOf(key.Value).Convert(v.Type().Key()), item)
	})
}

// pairs calls f for each key and value of a mapping, and refuses a key that
// stands twice.
func (d *Document) pairs(n *yaml.Node, field string, f func(key, value *yaml.Node, sub string)) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, field, "want a mapping of names to values, got %s", kind(n))
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		sub := join(field, key.Value)
		if line, twice := first[key.Value]; twice {
			d.fail(key, sub, "stands twice: first in line %d; keep one", line)
			continue
		}
		first[key.Value] = key.Line
		f(key, n.Content[i+1], sub)
	}
}

func (d *Document) list(n *yaml.Node, v reflect.Value, field string) {
	if n.Kind != yaml.SequenceNode {
		d.fail(n, field, "want a list, got %s", kind(n))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		d.value(item, v.Index(i), fmt.Sprintf("%s[%d]", field, i))
	}
}

// text reads a scalar that has a notation of its own.
func (d *Document) text(n *yaml.Node, v reflect.Value, field string) {
	if n.Kind != yaml.ScalarNode {
		d.fail(n, field, "want a single value, got %s", kind(n))
		return
	}
	if v.Type() == durationType {
		t, err := time.ParseDuration(n.Value)
		if err != nil || t < 0 {
			d.fail(n, field, "%q is no duration: write it like 30s, 1m30s or 200ms", n.Value)
		}
		v.SetInt(int64(t))
		return
	}
	if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.Value)); err != nil {
		d.fail(n, field, "%v", err)
	}
}

// scalar leaves plain values to the YAML library. A string takes any scalar as
// it is written: expect: {worker_count: 5} means "5".
func (d *Document) scalar(n *yaml.Node, v reflect.Value, field string) {
	if n.Kind != yaml.ScalarNode {
		d.fail(n, field, "want %s, got %s", describe(v.Kind()), kind(n))
		return
	}
	if v.Kind() == reflect.String {
		v.SetString(n.Value)
		return
	}
	if err := n.Decode(v.Addr().Interface()); err != nil {
		d.fail(n, field, "%q is not %s", n.Value, describe(v.Kind()))
	}
}

func tags(t reflect.Type) []string {
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = t.Field(i).Tag.Get("yaml")
	}
	return names
}

func join(field, key string) string {
	if field == "" {
		return key
	}
	return field + "." + key
}

func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	default:
		return fmt.Sprintf("%q", n.Value)
	}
}

func describe(k reflect.Kind) string {
	switch {
	case k == reflect.Bool:
		return "true or false"
	case k >= reflect.Int && k <= reflect.Int64:
		return "a whole number"
	case k >= reflect.Uint && k <= reflect.Uintptr:
		return "a whole number from 0"
	case k == reflect.String:
		return "text"
	default:
		return "a number"
	}
}
