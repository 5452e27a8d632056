package record

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// notMeasured are the fields that change nothing about what is measured: names, prose,
// and the seed, which each run of a study draws anew.
var notMeasured = []string{"name", "about", "extends", "seed", "claims.*.statement", "claims.*.because", "attribution.causes.*.statement"}

// measuredIfGiven are the fields of which it matters whether they are given, not what they
// say.
var measuredIfGiven = []string{"claims.*.calibrated"}

// Measured returns what a scenario measures, by field: the resolved arms, the load, the
// windows, the limits and the claims, and the hash of each input. Two scenarios measure
// the same if the maps are equal, whatever their comments, their prose and the order of
// their keys. No value is a secret. Elements of a list are named after their id or name:
// "claims.size.variant".
func Measured(s *scenario.Scenario) map[string]string {
	fields := map[string]string{}
	flatten(reflect.ValueOf(*s), nil, fields)
	for name, text := range fields { // values of env files; their hashes tell a change
		fields[name] = s.Redact(text)
	}
	for name, hash := range s.InputHashes() {
		fields["input."+name] = hash
	}
	for name, hash := range s.EnvFileHashes() {
		fields["env_file."+name] = hash
	}
	return fields
}

// flatten adds the fields below v. Zero values are left out: they say nothing.
func flatten(v reflect.Value, path []string, fields map[string]string) {
	given := v.Kind() == reflect.Pointer && !v.IsNil() // also a 0 that somebody wrote
	if given {
		v = v.Elem()
	}
	if v.IsZero() && !given || isOneOf(notMeasured, path) {
		return
	}
	if text, ok := leaf(v); ok {
		if isOneOf(measuredIfGiven, path) {
			text = "given"
		}
		fields[strings.Join(path, ".")] = text
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		flattenStruct(v, path, fields)
	case reflect.Map:
		for _, key := range v.MapKeys() {
			flatten(v.MapIndex(key), append(slices.Clone(path), key.String()), fields)
		}
	case reflect.Slice:
		for i := range v.Len() {
			flatten(v.Index(i), append(slices.Clone(path), elementName(v.Index(i), i)), fields)
		}
	}
}

func flattenStruct(v reflect.Value, path []string, fields map[string]string) {
	for i := range v.NumField() {
		tag, tagged := v.Type().Field(i).Tag.Lookup("yaml")
		name, inline, _ := strings.Cut(tag, ",")
		switch {
		case !tagged, name == "-":
		case inline == "inline":
			flatten(v.Field(i), path, fields)
		default:
			flatten(v.Field(i), append(slices.Clone(path), name), fields)
		}
	}
}

// leaf returns the text of a single value.
func leaf(v reflect.Value) (string, bool) {
	switch x := v.Interface().(type) {
	case metric.Quantity:
		return strconv.FormatFloat(x.Value, 'g', -1, 64), true
	case scenario.Build:
		return x.Package, x.Package != ""
	case time.Duration:
		return x.String(), true
	case encoding.TextMarshaler:
		text, err := x.MarshalText()
		return string(text), err == nil
	}
	switch v.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Pointer, reflect.Interface:
		return "", false
	}
	return fmt.Sprint(v.Interface()), true
}

// elementName names an element of a list after its id or its name, else its position.
func elementName(v reflect.Value, i int) string {
	if v.Kind() == reflect.Struct {
		for _, field := range []string{"ID", "Name"} {
			if f := v.FieldByName(field); f.IsValid() && f.String() != "" {
				return f.String()
			}
		}
	}
	return fmt.Sprint(i)
}

// isOneOf reports whether the path is one of the patterns; * stands for one element.
func isOneOf(patterns, path []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		parts := strings.Split(pattern, ".")
		return len(parts) == len(path) && matches(parts, path)
	})
}

func matches(parts, path []string) bool {
	for i, p := range parts {
		if p != "*" && p != path[i] {
			return false
		}
	}
	return true
}
