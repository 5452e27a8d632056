// Package strictyaml decodes YAML into structs and refuses everything that the
// structs do not describe, all mistakes at once, each with its line, column
// and field.
//
// go.yaml.in/yaml/v3 finds unknown fields too, but gives no column, stops at
// the first bad unit, and cannot say where a field stood once it is decoded.
// Its parser is used; only the walk from nodes to fields is ours.
package strictyaml

import (
	"fmt"
	"reflect"
	"regexp"
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
	return at + ": " + p.Field + ": " + p.What
}

// Problems are the mistakes of a file in the order of its lines.
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
}

// Decode reads one YAML document into the struct that into points to. Fields
// are named by their yaml tags. Mistakes are kept: see [Document.Err].
func Decode(file string, text []byte, into any) *Document {
	d := &Document{file: file, places: map[string]*yaml.Node{}}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		d.problems = append(d.problems, syntaxProblem(file, err))
		return d
	}
	if len(root.Content) == 0 {
		d.problems = append(d.problems, Problem{File: file, Line: 1, Column: 1, What: "the file is empty"})
		return d
	}
	d.places[""] = root.Content[0]
	d.value(root.Content[0], reflect.ValueOf(into).Elem(), "")
	return d
}

var syntaxError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntaxProblem takes the line out of the YAML library's message.
func syntaxProblem(file string, err error) Problem {
	p := Problem{File: file, Line: 1, Column: 1, What: err.Error()}
	if m := syntaxError.FindStringSubmatch(err.Error()); m != nil {
		p.What = "this is no YAML: " + m[2]
		if line, err := strconv.Atoi(m[1]); err == nil {
			p.Line = line
		}
	}
	return p
}

// Fail notes a mistake at a field. Where the file does not hold the field, the
// mistake is placed at the nearest parent that it holds. Of a file that could not
// be read nothing further is said.
func (d *Document) Fail(field, format string, args ...any) {
	if d.places[""] == nil {
		return
	}
	place := field
	for place != "" && d.places[place] == nil {
		place = place[:max(0, strings.LastIndexAny(place, ".["))]
	}
	d.fail(d.places[place], field, format, args...)
}

// Bad says whether a mistake was found at the field or below it, so that a
// later check need not complain of what follows from that.
func (d *Document) Bad(field string) bool {
	return slices.ContainsFunc(d.problems, func(p Problem) bool {
		rest, ok := strings.CutPrefix(p.Field, field)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

// Has says whether the file holds the field.
func (d *Document) Has(field string) bool { return d.places[field] != nil }

// Err is nil or the [Problems] found so far.
func (d *Document) Err() error {
	if len(d.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(d.problems, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return d.problems
}

func (d *Document) fail(n *yaml.Node, field, format string, args ...any) {
	p := Problem{File: d.file, Field: field, What: fmt.Sprintf(format, args...)}
	if n != nil {
		p.Line, p.Column = n.Line, n.Column
	}
	d.problems = append(d.problems, p)
}
