// Package strictyaml decodes YAML into structs and refuses everything that the structs do
// not describe. It reports all mistakes at once, each with its line, column and field.
//
// It also refuses second documents, tags, anchors, merge keys, missing values and unusual
// numbers (see [Decode]): each value has one notation.
//
// The parser is from go.yaml.in/yaml/v3. Its decoder would give no column, stop at the
// first unit that it cannot read, cut 1.5 to 1, and forget where a field was.
package strictyaml

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Problem is one mistake in a file.
type Problem struct {
	File         string
	Line, Column int    // from 1
	Field        string // load.phases[1].rate; empty for the document
	What         string // what is wrong and what to write instead
}

// Error formats the problem as compilers do: file:line:column: field: what. A field with
// control characters is quoted.
func (p Problem) Error() string {
	at := fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Column)
	switch quoted := strconv.Quote(p.Field); {
	case p.Field == "":
		return at + p.What
	case strings.Contains(quoted, `\`):
		return at + quoted + ": " + p.What
	default:
		return at + p.Field + ": " + p.What
	}
}

// Problems are the mistakes of a file by line, then those of the files that it extends.
type Problems []Problem

// Error has one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Document is a decoded file. It remembers the place of each field for the messages of
// later checks.
type Document struct {
	file       string
	root       *yaml.Node            // nil: the file could not be read
	head, foot string                // the comments above and below it
	places     map[string]*yaml.Node // by field
	origin     map[*yaml.Node]string // the file of an inherited node
	replace    Change                // nil: none
	changed    bool                  // whether a value was replaced or inherited

	problems Problems
	omitted  int             // problems over maxProblems
	decoded  int             // the number of problems that Decode found
	misspelt map[string]bool // the correct names of misspelt fields: they are not missing
}

// Decode reads one YAML document into the struct that into points to. Fields are named by
// their yaml tags. A field's tag "also" lists other tools' names for it, which a message
// corrects. The entries of an [Inline] map are read like fields. [Document.Err] returns the
// mistakes, each in the file that has it; a value that another file replaces is checked
// too. Values are read as change (nil: none) returns them.
//
// A whole number has decimal digits only: no quotes, fraction, exponent, underscores or
// leading zeros. A number with a fraction may have an exponent. A truth value is true,
// false, yes, no, on or off. A text takes any single value as it is written, 5 and yes too.
// A missing value, ~ and null are refused everywhere.
func Decode(file string, text []byte, into any, change Change, bases Bases) *Document {
	d := newDocument(file)
	d.replace = change
	if !d.read(text) {
		return d
	}
	if _, v := lookup(d.root, extends); v == nil {
		d.fill(into)
		return d
	}
	chain, complete := bases.chain(file, text, reflect.TypeOf(into).Elem())
	if complete {
		d.inherit(chain, bases.Own)
		d.fill(into)
	}
	for _, one := range chain {
		for _, p := range one.problems {
			if !slices.Contains(d.problems, p) {
				d.add(p)
			}
		}
	}
	d.decoded = len(d.problems)
	return d
}

func newDocument(file string) *Document {
	return &Document{file: file, places: map[string]*yaml.Node{}, origin: map[*yaml.Node]string{}, misspelt: map[string]bool{}}
}

// read parses the text. If that fails, the error is the only problem.
func (d *Document) read(text []byte) bool {
	document, problem := parse(text)
	if problem != nil {
		problem.File = d.file
		d.problems, d.decoded = Problems{*problem}, 1
		return false
	}
	d.root, d.head, d.foot = document.Content[0], document.HeadComment, document.FootComment
	return true
}

// fill reads the nodes into the struct. If the root is not a mapping, nothing more is
// reported about the file.
func (d *Document) fill(into any) {
	d.value(d.root, reflect.ValueOf(into).Elem(), "")
	if d.root.Kind != yaml.MappingNode {
		clear(d.places)
	}
	d.decoded = len(d.problems)
}

// parse returns the document node of the one document in the text.
func parse(text []byte) (*yaml.Node, *Problem) {
	if p := unreadable(text); p != nil {
		return nil, p
	}
	documents := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	switch err := documents.Decode(&first); {
	case errors.Is(err, io.EOF) || err == nil && (len(first.Content) == 0 || null(first.Content[0])):
		return nil, &Problem{Line: 1, Column: 1, What: "the file is empty"}
	case err != nil:
		return nil, syntaxProblem(text, err)
	}
	switch err := documents.Decode(&second); {
	case err == nil:
		return nil, &Problem{Line: second.Line, Column: second.Column, What: "a second document begins here: split the file, or delete the ---"}
	case !errors.Is(err, io.EOF):
		return nil, syntaxProblem(text, err)
	}
	return &first, nil
}

// pairs yields the keys and values of a mapping; none of another node.
func pairs(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for pair := range slices.Chunk(n.Content, 2) {
			if !yield(pair[0], pair[1]) {
				return
			}
		}
	}
}

// lookup returns the first key of that name and its value; nil if there is none.
func lookup(n *yaml.Node, name string) (key, value *yaml.Node) {
	for key, value := range pairs(n) {
		if key.Value == name {
			return key, value
		}
	}
	return nil, nil
}

// Fail adds a mistake at a field, or at its nearest parent in the file. It adds none to a
// file that could not be read, and none that follows from a mistake that Decode found at
// the field or a parent.
func (d *Document) Fail(field, format string, args ...any) {
	follows := func(p Problem) bool { return within(field, p.Field) }
	if d.places[""] == nil || d.isMisspelt(field) || slices.ContainsFunc(d.problems[:d.decoded], follows) {
		return
	}
	place := field
	for place != "" && d.places[place] == nil {
		place = parent(place)
	}
	d.fail(d.places[place], field, format, args...)
}

// isMisspelt reports whether the name of the field or of a parent is misspelt.
func (d *Document) isMisspelt(field string) bool {
	for ; field != ""; field = parent(field) {
		if d.misspelt[field] {
			return true
		}
	}
	return false
}

// parent returns "" for a field of the document.
func parent(field string) string { return field[:max(0, strings.LastIndexAny(field, ".["))] }

// within reports whether the field is the other one or lies below it.
func within(field, other string) bool {
	rest, ok := strings.CutPrefix(field, other)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// Bad reports whether a mistake was found at the field, below it, or in its name. Later
// checks then skip the field.
func (d *Document) Bad(field string) bool {
	return d.isMisspelt(field) || slices.ContainsFunc(d.problems, func(p Problem) bool { return within(p.Field, field) })
}

// Text returns the scalar of the field as it is written; "" for any other value and for a
// field that is not in the file.
func (d *Document) Text(field string) string {
	if n := d.places[field]; n != nil && n.Kind == yaml.ScalarNode {
		return n.Value
	}
	return ""
}

// Has reports whether the field is in the file.
func (d *Document) Has(field string) bool { return d.places[field] != nil }

// Unknown reports whether the file has a key of that name that is not a field of the struct.
func (d *Document) Unknown(name string) bool {
	key, _ := lookup(d.root, name)
	return key != nil && !d.Has(name)
}

// Instead replaces all mistakes by one: this is another type of file.
func (d *Document) Instead(what string) {
	d.problems, d.decoded = Problems{{File: d.file, Line: 1, Column: 1, What: what}}, 1
	clear(d.places)
}

// Err returns the [Problems] found so far, nil if there are none.
func (d *Document) Err() error {
	if len(d.problems) == 0 {
		return nil
	}
	sortProblems(d.problems, d.file)
	if d.omitted > 0 {
		last := d.problems[len(d.problems)-1]
		last.Field, last.What = "", fmt.Sprintf("and %d more mistakes", d.omitted)
		return append(d.problems, last)
	}
	return d.problems
}

// maxProblems is the most that one message lists.
const maxProblems = 100

func (d *Document) fail(n *yaml.Node, field, format string, args ...any) {
	file, inherited := d.origin[n]
	if !inherited {
		file = d.file
	}
	d.add(Problem{File: file, Line: n.Line, Column: n.Column, Field: field, What: fmt.Sprintf(format, args...)})
}

func (d *Document) add(p Problem) {
	if len(d.problems) == maxProblems {
		d.omitted++
		return
	}
	d.problems = append(d.problems, p)
}

// sortProblems sorts by line. Problems of the file come first.
func sortProblems(ps Problems, file string) {
	name := func(p Problem) string {
		if p.File == file {
			return ""
		}
		return p.File
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(name(a), name(b)), a.Line-b.Line, a.Column-b.Column)
	})
}
