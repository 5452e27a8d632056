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
	d.change(n, field)
	hasNotation := v.Type() == durationType || v.Addr().Type().Implements(textUnmarshaler)
	isLong := v.Kind() == reflect.Struct && n.Kind != yaml.ScalarNode || v.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode
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
	case hasNotation && !isLong:
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

// noValue suggests how to write the text that may be meant.
func noValue(n *yaml.Node, v reflect.Value) string {
	switch {
	case v.Kind() == reflect.String && n.Value != "":
		return fmt.Sprintf("%s is YAML for no value: put a text in quotes, or delete the line", n.Value)
	case v.Kind() == reflect.String:
		return `has no value: write one, or "" for an empty text, or delete the line`
	}
	return "has no value: write one, or delete the line"
}

// structure reads a mapping whose keys are the struct's yaml tags and the keys of its
// [Inline] map.
func (d *Document) structure(n *yaml.Node, v reflect.Value, field string) {
	t := tagsOf(v.Type())
	d.mapping(n, field, func(key, value *yaml.Node, sub string) {
		switch i := slices.Index(t.names, key.Value); {
		case i < 0:
			d.unknown(key, t, field, sub)
		case t.fields[i] == t.inline:
			d.entry(key, value, v.Field(t.inline), sub)
		default:
			d.value(value, v.Field(t.fields[i]), sub)
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

// unknown refuses a field that the struct does not have.
func (d *Document) unknown(key *yaml.Node, t tags, parent, field string) {
	best := t.nearest(key.Value)
	if best == "" {
		d.fail(key, field, "unknown field: want one of %s", strings.Join(t.names, ", "))
		return
	}
	d.misspelt[join(parent, best)] = true
	d.fail(key, field, "unknown field: did you mean %s?", best)
}

func (d *Document) stringMap(n *yaml.Node, v reflect.Value, field string) {
	v.Set(reflect.MakeMap(v.Type()))
	d.mapping(n, field, func(key, value *yaml.Node, sub string) { d.entry(key, value, v, sub) })
}

// mapping calls f for each key and value, and refuses a key that is given twice.
func (d *Document) mapping(n *yaml.Node, field string, f func(key, value *yaml.Node, sub string)) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, field, "want a mapping of names to values, got %s%s", kind(n), asMapping(n))
		return
	}
	first := map[string]int{}
	for key, value := range pairs(n) {
		sub := join(field, key.Value)
		line, twice := first[key.Value]
		switch wrong := wrongName(key); {
		case wrong != "":
			d.fail(key, field, "%s", wrong)
		case twice:
			d.fail(key, sub, "is given twice, first in line %d: keep one", line)
		default:
			first[key.Value] = key.Line
			f(key, value, sub)
		}
	}
}

// wrongName describes why a key is not a name; empty if it is one.
func wrongName(key *yaml.Node) string {
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
		return "want a name before the colon, got nothing"
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

// asList suggests how to write as a list what is one text or a mapping.
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

// asMapping suggests how to write a list of NAME=VALUE as a mapping.
func asMapping(n *yaml.Node) string {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 || !strings.Contains(n.Content[0].Value, "=") {
		return ""
	}
	name, _, _ := strings.Cut(n.Content[0].Value, "=")
	return fmt.Sprintf(": write each on its own line, without -, as %s: value", strings.TrimSpace(name))
}

// maxText is longer than the notation of any value.
const maxText = 1000

// text reads a scalar that has its own notation.
func (d *Document) text(n *yaml.Node, v reflect.Value, field string) {
	switch {
	case n.Kind != yaml.ScalarNode:
		d.fail(n, field, "want a single value, got %s", kind(n))
	case len(n.Value) > maxText:
		d.fail(n, field, "%q has %d characters: want at most %d", clip(n.Value), len(n.Value), maxText)
	case v.Type() == durationType:
		t, err := time.ParseDuration(strings.TrimSpace(n.Value))
		if err != nil || t < 0 {
			d.fail(n, field, "%q: want a duration, such as 30s, 1m30s or 200ms", n.Value)
		}
		v.SetInt(int64(t))
	default:
		if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.Value)); err != nil {
			d.fail(n, field, "%v", err)
		}
	}
}

// clip shortens a text for a message.
func clip(text string) string {
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
		return fmt.Sprintf("%q", clip(n.Value))
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
