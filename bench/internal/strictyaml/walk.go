package strictyaml

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

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
	case v.Kind() == reflect.Struct && n.Kind == yaml.MappingNode: // it may have a short form too
		d.structure(n, v, field)
	case v.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		d.list(n, v, field)
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
	names, fields := tags(v.Type())
	d.pairs(n, field, func(key, value *yaml.Node, sub string) {
		i := slices.Index(names, key.Value)
		if i < 0 {
			d.fail(key, sub, "unknown field%s", suggestion(key.Value, names))
			return
		}
		d.value(value, v.Field(fields[i]), sub)
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

// tags are the names of the struct's fields in a file, and which fields they
// are. One without a tag, or with "-", has no name there.
func tags(t reflect.Type) (names []string, fields []int) {
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" && name != "-" {
			names, fields = append(names, name), append(fields, i)
		}
	}
	return names, fields
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
