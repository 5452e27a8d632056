// Package strictyaml decodes YAML into structs and refuses everything that the
// structs do not describe, all mistakes at once, each with its line, column
// and field.
//
// It refuses what YAML can say in more than one way too: a second document, tags,
// anchors, merge keys, a value that is left out, and numbers that are not written
// in plain decimals (see [Decode]).
//
// go.yaml.in/yaml/v3 finds unknown fields too, but gives no column, stops at
// the first bad unit, cuts 1.5 to 1 where a whole number is wanted, and cannot say
// where a field stood once it is decoded. Its parser is used; only the walk from
// nodes to fields is ours.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Problem is one mistake in a file.
type Problem struct {
	File         string
	Line, Column int    // 1-based
	Field        string // load.phases[1].rate; empty for the document
	What         string // what is wrong and what to write instead
}

// Error is the problem as compilers print it: file:line:column: field: what.
func (p Problem) Error() string {
	at := fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	if p.Field == "" {
		return at + ": " + p.What
	}
	return at + ": " + printable(p.Field) + ": " + p.What
}

// printable is a text that cannot command a terminal: names in YAML may hold any
// character.
func printable(text string) string {
	if quoted := strconv.Quote(text); strings.Contains(quoted, `\`) {
		return quoted
	}
	return text
}

// Problems are the mistakes of a file in the order of its lines, before those of the
// files that it extends.
type Problems []Problem

// Error is a line a problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Document is a decoded file. It remembers where each field stood, so that
// later checks can point at the line too.
type Document struct {
	file     string
	places   map[string]*yaml.Node
	problems Problems
	more     int             // that are not kept
	decoded  int             // how many of the problems were found by Decode
	presumed map[string]bool // fields whose names are misspelt: they are not missing
	unknown  map[string]bool
	change   Change // nil: none
	edits    []edit

	root       *yaml.Node            // nil: the file could not be read
	head, foot string                // the comments above and below it
	merged     bool                  // of several files
	origin     map[*yaml.Node]string // the file of a node, where it is another one
}

// Decode reads one YAML document into the struct that into points to. Fields
// are named by their yaml tags; a field's tag "also" lists what others call it, for
// the message. The entries of an [Inline] map stand among them. Mistakes are kept: see [Document.Err].
//
// A whole number is written in decimal digits, without quotes, fraction, exponent,
// underscores or leading zeros. A number with a fraction may have an exponent. A
// truth value is true, false, yes, no, on or off. A text takes any single value as
// it is written, 5 and yes too. No value at all, ~ or null is refused everywhere.
func Decode(file string, text []byte, into any) *Document {
	return decode(newDocument(file), text, into)
}

func newDocument(file string) *Document {
	return &Document{file: file, places: map[string]*yaml.Node{}, presumed: map[string]bool{}, unknown: map[string]bool{}}
}

func decode(d *Document, text []byte, into any) *Document {
	if d.read(text) {
		d.fill(into)
	}
	return d
}

// read parses the text. A text that can't be parsed is the one problem.
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

// fill reads the nodes into the struct.
func (d *Document) fill(into any) {
	v := reflect.ValueOf(into).Elem()
	d.places[""] = d.root
	d.value(d.root, v, "")
	if d.root.Kind != yaml.MappingNode {
		d.places = map[string]*yaml.Node{} // of such a file nothing further is said
	}
	d.decoded = len(d.problems)
}

// parse reads the one document of the file.
func parse(text []byte) (*yaml.Node, *Problem) {
	if p := unreadable(text); p != nil {
		return nil, p
	}
	documents := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	switch err := documents.Decode(&first); {
	case errors.Is(err, io.EOF) || err == nil && empty(&first):
		return nil, &Problem{Line: 1, Column: 1, What: "the file is empty"}
	case err != nil:
		return nil, syntaxProblem(text, err)
	}
	switch err := documents.Decode(&second); {
	case err == nil:
		return nil, &Problem{Line: second.Line, Column: second.Column, What: "a second document begins here: a file holds one; put the other into a file of its own, or remove the ---"}
	case !errors.Is(err, io.EOF):
		return nil, syntaxProblem(text, err)
	}
	return &first, nil
}

func empty(document *yaml.Node) bool {
	return len(document.Content) == 0 || null(document.Content[0])
}

// Fail notes a mistake at a field. Where the file does not hold the field, the
// mistake is placed at the nearest parent that it holds. Of a file that could not
// be read nothing further is said.
//
// Of a field that Decode found a mistake in, at it or around it, nothing is said
// either: it would follow from that.
func (d *Document) Fail(field, format string, args ...any) {
	if d.places[""] == nil || d.misspelt(field) || d.follows(field) {
		return
	}
	place := field
	for place != "" && d.places[place] == nil {
		place = parent(place)
	}
	d.fail(d.places[place], field, format, args...)
}

// misspelt says whether the name of the field, or of what it lies in, is.
func (d *Document) misspelt(field string) bool {
	for ; field != ""; field = parent(field) {
		if d.presumed[field] {
			return true
		}
	}
	return false
}

// parent is what the field lies in, "" for the document.
func parent(field string) string { return field[:max(0, strings.LastIndexAny(field, ".["))] }

func (d *Document) follows(field string) bool {
	return slices.ContainsFunc(d.problems[:d.decoded], func(p Problem) bool { return within(field, p.Field) })
}

// within says whether the field is the other or lies in it.
func within(field, other string) bool {
	rest, ok := strings.CutPrefix(field, other)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// Bad says whether a mistake was found at the field or below it, or in the spelling
// of its name, so that a later check need not complain of what follows from that.
func (d *Document) Bad(field string) bool {
	return d.misspelt(field) || slices.ContainsFunc(d.problems, func(p Problem) bool { return within(p.Field, field) })
}

// Text is the field's single value as it is written, "" for any other and for a
// field that the file does not hold.
func (d *Document) Text(field string) string {
	if n := d.places[field]; n != nil && n.Kind == yaml.ScalarNode {
		return n.Value
	}
	return ""
}

// Unknown says whether the file holds the field, and the struct has none of the
// name.
func (d *Document) Unknown(field string) bool { return d.unknown[field] }

// Instead puts one problem in the place of all: the file is not what it was taken
// for.
func (d *Document) Instead(what string) {
	d.problems = Problems{{File: d.file, Line: 1, Column: 1, What: what}}
	d.decoded, d.places = 1, map[string]*yaml.Node{}
}

// Has says whether the file holds the field.
func (d *Document) Has(field string) bool { return d.places[field] != nil }

// Err is nil or the [Problems] found so far.
func (d *Document) Err() error {
	if len(d.problems) == 0 {
		return nil
	}
	sortProblems(d.problems, d.file)
	if d.more > 0 {
		last := d.problems[len(d.problems)-1]
		return append(d.problems, Problem{File: d.file, Line: last.Line, Column: last.Column, What: fmt.Sprintf("and %d mistakes more", d.more)})
	}
	return d.problems
}

// mostProblems is how many a person is told at once.
const mostProblems = 100

func (d *Document) fail(n *yaml.Node, field, format string, args ...any) {
	p := Problem{File: d.file, Field: field, What: fmt.Sprintf(format, args...)}
	if n != nil {
		p.Line, p.Column = n.Line, n.Column
	}
	if file, ok := d.origin[n]; ok {
		p.File = file
	}
	d.add(p)
}

func (d *Document) add(p Problem) {
	if len(d.problems) == mostProblems {
		d.more++
		return
	}
	d.problems = append(d.problems, p)
}
