package strictyaml

import (
	"reflect"
	"slices"
	"strings"
)

// Inline is a map whose entries stand among the fields of a struct: the field that
// holds the map has the yaml tag ",inline".
type Inline interface {
	// Keys are the names that an entry may have, each with what others call it.
	Keys() (names []string, also map[string][]string)
}

// tags are the names of a struct's fields in a file, and which fields they are. One
// without a yaml tag, or with "-", has no name there.
type tags struct {
	names  []string
	fields []int
	also   map[string]string // what others call a field, to its name
	inline int               // the field of an [Inline] map; -1: none
}

func tagsOf(t reflect.Type) tags {
	all := tags{also: map[string]string{}, inline: -1}
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		if tag.Get("yaml") == ",inline" {
			all.addInline(i, reflect.Zero(t.Field(i).Type).Interface().(Inline))
			continue
		}
		name := tag.Get("yaml")
		if name == "" || name == "-" {
			continue
		}
		all.names, all.fields = append(all.names, name), append(all.fields, i)
		for _, other := range strings.Split(tag.Get("also"), ",") {
			all.also[other] = name
		}
	}
	return all
}

func (t *tags) addInline(field int, m Inline) {
	names, also := m.Keys()
	t.inline = field
	for _, name := range names {
		t.names, t.fields = append(t.names, name), append(t.fields, field)
		for _, other := range also[name] {
			t.also[other] = name
		}
	}
}

// nearest is the known field that the unknown one was likely meant to be; empty:
// none.
func (t tags) nearest(unknown string) string {
	if name := t.also[unknown]; name != "" && unknown != "" {
		return name
	}
	return Nearest(unknown, t.names)
}

// Nearest is the known word that the unknown one was likely meant to be, two slips
// of the finger away at most and fewer than the word has letters; empty: none.
func Nearest(unknown string, known []string) (best string) {
	least := min(3, len(unknown))
	for _, k := range slices.Sorted(slices.Values(known)) {
		if len(k) >= len(unknown)+least || len(unknown) >= len(k)+least {
			continue
		}
		if n := edits(unknown, k); n < least {
			best, least = k, n
		}
	}
	return best
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
