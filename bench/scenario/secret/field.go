package secret

import (
	"reflect"
	"strings"
)

// A field of a document takes secrets if its tag "secret" has a rule:
//
//	fill      ${env.NAME} and ${hidden.HASH} are filled in
//	hide      they are, and literals that look like secrets are hidden
//	template  as hide, but a text that contains {{ is left alone
//
// The tag stands on a text, a list of texts or a map of texts.
const (
	fillRule     = "fill"
	hideRule     = "hide"
	templateRule = "template"
)

// fieldRule follows a path such as variants[0].env.TOKEN from a struct to a field with a
// rule. rest is the path below that field: .TOKEN. Without a rule both are empty.
func fieldRule(t reflect.Type, path string) (rule, rest string) {
	for path != "" {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		switch t.Kind() {
		case reflect.Struct:
			f, below, ok := namedField(t, path)
			if !ok {
				return "", ""
			}
			if rule := f.Tag.Get("secret"); rule != "" {
				return rule, below
			}
			t, path = f.Type, below
		case reflect.Slice:
			_, path, _ = strings.Cut(path, "]")
			t = t.Elem()
		default:
			return "", ""
		}
	}
	return "", ""
}

// namedField returns the field that the path begins with, and the path below it.
func namedField(t reflect.Type, path string) (f reflect.StructField, below string, ok bool) {
	path = strings.TrimPrefix(path, ".")
	name, below := path, ""
	if end := strings.IndexAny(path, ".["); end >= 0 {
		name, below = path[:end], path[end:]
	}
	for i := range t.NumField() {
		if f = t.Field(i); f.Tag.Get("yaml") == name {
			return f, below, true
		}
	}
	return f, below, false
}
