package strictyaml

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

var (
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	durationType    = reflect.TypeFor[time.Duration]()
)

func (d *Document) value(n *yaml.Node, v reflect.Value, field string) {
	d.places[field] = n
	d.apply(n, field)
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		d.fail(n, field, "anchors and aliases are not supported: write the value out")
	case n.Style&yaml.TaggedStyle != 0:
		d.fail(n, field, "the tag %s is not supported: write the value alone", n.Tag)
	case null(n):
		d.fail(n, field, "%s", noValue(n, v))
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), field)
	case v.Kind() == reflect.Struct && n.Kind == yaml.MappingNode: // it may have a short form too
		d.structure(n, v, field)
	case v.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		d.list(n, v, field)
	case v.Type() == durationType || v.Addr().Type().Implements(textUnmarshaler) && (v.Kind() != reflect.Struct || n.Kind == yaml.ScalarNode):
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

// noValue tells how to write the text that may have been meant.
func noValue(n *yaml.Node, v reflect.Value) string {
	switch {
	case v.Kind() == reflect.String && n.Value != "":
		return fmt.Sprintf("%s is YAML for no value: put it in quotes if it is a text, or drop the line", n.Value)
	case v.Kind() == reflect.String:
		return `has no value: write one, or "" for an empty text, or drop the line`
	}
	return "has no value: write one, or drop the line"
}

// structure reads a mapping whose keys are the struct's yaml tags, and those of its
// [Inline] map.
func (d *Document) structure(n *yaml.Node, v reflect.Value, field string) {
	t := tagsOf(v.Type())
	d.pairs(n, field, func(key, value *yaml.Node, sub string) {
		i := slices.Index(t.names, key.Value)
		if i < 0 {
			d.strange(key, t, field, sub)
			return
		}
		if f := v.Field(t.fields[i]); t.fields[i] == t.inline {
			d.entry(key, value, f, sub)
		} else {
			d.value(value, f, sub)
		}
	})
}

// entry reads a value into a map.
func (d *Document) entry(key, value *yaml.Node, v reflect.Value, field string) {
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	item := reflect.New(v.Type().Elem()).Elem()
	d.value(value, item, field)
	v.SetMapIndex(reflect.ValueOf(key.Value).Convert(v.Type().Key()), item)
}

// strange refuses a field that the struct does not have.
func (d *Document) strange(key *yaml.Node, t tags, parent, field string) {
	d.unknown[field] = true
	best := t.nearest(key.Value)
	if best == "" {
		d.fail(key, field, "unknown field: known here are %s", strings.Join(t.names, ", "))
		return
	}
	d.presumed[join(parent, best)] = true
	d.fail(key, field, "unknown field: did you mean %s?", best)
}

func (d *Document) stringMap(n *yaml.Node, v reflect.Value, field string) {
	v.Set(reflect.MakeMap(v.Type()))
	d.pairs(n, field, func(key, value *yaml.Node, sub string) {
		d.entry(key, value, v, sub)
	})
}

// pairs calls f for each key and value of a mapping, and refuses a key that
// stands twice.
func (d *Document) pairs(n *yaml.Node, field string, f func(key, value *yaml.Node, sub string)) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, field, "want a mapping of names to values, got %s%s", kind(n), asMapping(n))
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if why := noName(key); why != "" {
			d.fail(key, field, "%s", why)
			continue
		}
		sub := join(field, key.Value)
		if line, twice := first[key.Value]; twice {
			d.fail(key, sub, "stands twice: first in line %d; keep one", line)
			continue
		}
		first[key.Value] = key.Line
		f(key, n.Content[i+1], sub)
	}
}

// noName says why a key names nothing, "" if it does.
func noName(key *yaml.Node) string {
	switch {
	case key.Kind == yaml.AliasNode || key.Anchor != "":
		return "anchors and aliases are not supported: write the name out"
	case key.Kind != yaml.ScalarNode:
		return "want a name before the colon, got " + kind(key)
	case key.Style&yaml.TaggedStyle != 0:
		return fmt.Sprintf("the tag %s is not supported: write the name alone", key.Tag)
	case key.ShortTag() == "!!merge":
		return "merge keys (<<) are not supported: write the fields out"
	case null(key):
		return "a name is missing before the colon"
	}
	return ""
}

func (d *Document) list(n *yaml.Node, v reflect.Value, field string) {
	if n.Kind != yaml.SequenceNode {
		d.fail(n, field, "want a list, got %s%s", kind(n), asList(n, v))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		d.value(item, v.Index(i), fmt.Sprintf("%s[%d]", field, i))
	}
}

// asList tells how to write what was written as one text.
func asList(n *yaml.Node, v reflect.Value) string {
	if n.Kind == yaml.MappingNode {
		return ": begin each entry with -"
	}
	words := strings.Fields(n.Value)
	if v.Type().Elem().Kind() != reflect.String || len(words) == 0 || strings.ContainsAny(n.Value, "\"'[]{},#\n") || len(n.Value) > 80 {
		return ""
	}
	return ": write [" + strings.Join(words, ", ") + "]"
}

// asMapping tells how to write what was written as a list of NAME=VALUE.
func asMapping(n *yaml.Node) string {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 || !strings.Contains(n.Content[0].Value, "=") {
		return ""
	}
	name, _, _ := strings.Cut(n.Content[0].Value, "=")
	return fmt.Sprintf(": write each as a line of its own, without -, as %s: value", strings.TrimSpace(name))
}

// text reads a scalar that has a notation of its own.
func (d *Document) text(n *yaml.Node, v reflect.Value, field string) {
	if n.Kind != yaml.ScalarNode {
		d.fail(n, field, "want a single value, got %s", kind(n))
		return
	}
	if len(n.Value) > longest {
		d.fail(n, field, "%q has %d characters: want at most %d", clipped(n.Value), len(n.Value), longest)
		return
	}
	if v.Type() == durationType {
		t, err := time.ParseDuration(strings.TrimSpace(n.Value))
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

// longest is more than any notation of a value takes.
const longest = 1000

// clipped is a text that fits in a message.
func clipped(text string) string {
	const most = 60
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
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
		return fmt.Sprintf("%q", clipped(n.Value))
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
