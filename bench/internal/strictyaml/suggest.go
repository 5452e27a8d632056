package strictyaml

import (
	"reflect"
	"slices"
	"strings"
)

// Inline is a map whose entries are written among the fields of a struct. The field of the
// map has the yaml tag ",inline".
type Inline interface {
	// Keys returns the names that an entry may have, and other tools' names for each.
	Keys() (names []string, also map[string][]string)
}

// tags are the fields of a struct by their names in a file. A field without a yaml tag, or
// with "-", has no name.
type tags struct {
	names  []string
	fields []int             // the index of the field of each name
	also   map[string]string // other tools' names, to the name here
	inline int               // the index of an [Inline] map; -1: none
}

func tagsOf(t reflect.Type) tags {
	all := tags{also: map[string]string{}, inline: -1}
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		switch name := tag.Get("yaml"); name {
		case "", "-":
		case ",inline":
			all.inline = i
			names, also := reflect.Zero(t.Field(i).Type).Interface().(Inline).Keys()
			for _, name := range names {
				all.add(name, i, also[name])
			}
		default:
			all.add(name, i, strings.Split(tag.Get("also"), ","))
		}
	}
	return all
}

func (t *tags) add(name string, field int, also []string) {
	t.names, t.fields = append(t.names, name), append(t.fields, field)
	for _, other := range also {
		t.also[other] = name
	}
}

// nearest returns the field that an unknown name was likely meant for; empty: none.
func (t tags) nearest(unknown string) string {
	if name := t.also[unknown]; name != "" && unknown != "" {
		return name
	}
	return Nearest(unknown, t.names)
}

// Nearest returns the known word that an unknown one was likely meant for; empty: none. The
// two differ by at most two edits, and by fewer than the unknown word has letters.
func Nearest(unknown string, known []string) (best string) {
	least := min(3, len(unknown))
	for _, k := range slices.Sorted(slices.Values(known)) {
		if len(unknown) >= len(k)+least { // and perhaps very long
			continue
		}
		if n := levenshtein(unknown, k); n < least {
			best, least = k, n
		}
	}
	return best
}

// levenshtein returns the edit distance in bytes.
func levenshtein(a, b string) int {
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
