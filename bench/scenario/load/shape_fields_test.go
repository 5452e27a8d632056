package load

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/metric"
)

// TestEveryRateIsLimited: each field of a phase that holds a rate is checked, also one
// that a later shape adds.
func TestEveryRateIsLimited(t *testing.T) {
	const most = metric.Rate(1000)
	fields, n := reflect.TypeFor[Phase](), 0
	for i := range fields.NumField() {
		var p Phase
		switch field := reflect.ValueOf(&p).Elem().Field(i); field.Type() {
		case reflect.TypeFor[metric.Rate]():
			field.Set(reflect.ValueOf(most + 1))
		case reflect.TypeFor[[]metric.Rate]():
			field.Set(reflect.ValueOf([]metric.Rate{1, most + 1, 2}))
		default:
			continue
		}
		n++
		key, _, _ := strings.Cut(fields.Field(i).Tag.Get("yaml"), ",")
		var refused []string
		p.CheckRates(most, func(field, _ string, _ ...any) { refused = append(refused, field) })
		if !slices.Equal(refused, []string{key}) {
			t.Errorf("%s above the limit: %q are refused, want %q alone", key, refused, key)
		}
	}
	if n == 0 {
		t.Error("a phase has no field with a rate")
	}
}

// TestShapesUseListedFields: a field that the table lacks would never be required or
// refused.
func TestShapesUseListedFields(t *testing.T) {
	for _, k := range kinds {
		for _, name := range slices.Concat(k.marks, k.needs, k.may) {
			if !slices.ContainsFunc(shapeFields, func(f shapeField) bool { return f.name == name }) {
				t.Errorf("%q of the shape with %q is in no line of shapeFields", name, k.marks)
			}
		}
	}
}
