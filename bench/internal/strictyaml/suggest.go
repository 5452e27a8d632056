package strictyaml

import (
	"reflect"
	"slices"
	"strings"
)

// tags are the names of a struct's fields in a file, and which fields they are. One
// without a yaml tag, or with "-", has no name there.
type tags struct {
	names  []string
	fields []int
	also   map[string]string // what others call a field, to its name
}

func tagsOf(t reflect.Type) tags {
	all := tags{also: map[string]string{}}
	for i := range t.NumField() {
		tag := t.Field(i).Tag
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
