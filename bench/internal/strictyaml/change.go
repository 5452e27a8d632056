package strictyaml

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Change gives a scalar another value, or the one that it has. It is called for
// each scalar in the order of the text.
type Change func(field, value string) string

// edit is a scalar that a [Change] gave another value.
type edit struct {
	node  *yaml.Node
	field string
	was   string
}

// DecodeChanged is [Decode] of a text whose scalars are changed first. Mistakes
// are placed where the unchanged text has them.
func DecodeChanged(file string, text []byte, into any, change Change) *Document {
	d := newDocument(file)
	d.change = change
	return decode(d, text, into)
}

func (d *Document) apply(n *yaml.Node, field string) {
	if d.change == nil || n.Kind != yaml.ScalarNode {
		return
	}
	if v := d.change(field, n.Value); v != n.Value {
		d.edits = append(d.edits, edit{n, field, n.Value})
		n.Value = v
	}
}

// Changed is the text with the changes in it: each line stays where it was, and so
// do comments. A scalar of a form that can't be replaced so is a mistake. Of a file
// that extends others it is one text of all, which extends none.
func (d *Document) Changed(text []byte) []byte {
	if d.merged {
		return d.mergedText()
	}
	edits := slices.Clone(d.edits)
	slices.SortFunc(edits, func(a, b edit) int { // from the end, so that offsets before stay
		if a.node.Line != b.node.Line {
			return b.node.Line - a.node.Line
		}
		return b.node.Column - a.node.Column
	})
	out := slices.Clone(text)
	for _, e := range edits {
		changed, err := e.in(out)
		if err == nil {
			err = e.holds(changed)
		}
		if err != nil {
			d.fail(e.node, e.field, "can't be replaced in the copy of this file (%v): write it in quotes, on one line", err)
			continue
		}
		out = changed
	}
	return out
}

// in replaces the scalar in the text.
func (e edit) in(text []byte) ([]byte, error) {
	from, err := offset(text, e.node.Line, e.node.Column)
	if err != nil {
		return nil, err
	}
	to, err := e.end(text, from)
	if err != nil {
		return nil, err
	}
	lines := bytes.Count(text[from:to], []byte{'\n'})
	return slices.Concat(text[:from], doubleQuoted(e.node.Value, lines, e.node.Column), text[to:]), nil
}

// doubleQuoted is the value as a scalar over so many more lines: a backslash at the
// end of a line takes its break and what the next is indented by out of the value.
func doubleQuoted(value string, lines, indent int) []byte {
	var out bytes.Buffer
	j := json.NewEncoder(&out) // of what JSON quotes YAML has the same notation
	j.SetEscapeHTML(false)
	_ = j.Encode(value) // a string into a buffer
	text := bytes.TrimSuffix(out.Bytes(), []byte("\"\n"))
	return append(text, strings.Repeat("\\\n"+strings.Repeat(" ", indent), lines)+`"`...)
}

// offset is where a character stands, in bytes. Lines and columns count from 1.
func offset(text []byte, line, column int) (int, error) {
	at := 0
	for range line - 1 {
		n := bytes.IndexByte(text[at:], '\n')
		if n < 0 {
			return 0, errors.New("its line is not found")
		}
		at += n + 1
	}
	runes := 0
	for i := range string(text[at:]) {
		if runes++; runes == column {
			return at + i, nil
		}
	}
	return 0, errors.New("its column is not found")
}

// end is where the scalar that begins at from ends.
func (e edit) end(text []byte, from int) (int, error) {
	rest := text[from:]
	switch {
	case bytes.HasPrefix(rest, []byte{'\''}) && e.node.Style&yaml.SingleQuotedStyle != 0:
		return quotedEnd(text, from, '\'', 0)
	case bytes.HasPrefix(rest, []byte{'"'}) && e.node.Style&yaml.DoubleQuotedStyle != 0:
		return quotedEnd(text, from, '"', '\\')
	case e.node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return blockEnd(text, from)
	case bytes.HasPrefix(rest, []byte(e.was)):
		return from + len(e.was), nil
	}
	return 0, errors.New("it has no quotes and goes over several lines")
}

// quotedEnd is just after the closing quote. A single quote is doubled within, a
// double one escaped.
func quotedEnd(text []byte, from int, quote, escape byte) (int, error) {
	for i := from + 1; i < len(text); i++ {
		switch {
		case escape != 0 && text[i] == escape:
			i++
		case text[i] == quote && escape == 0 && i+1 < len(text) && text[i+1] == quote:
			i++
		case text[i] == quote:
			return i + 1, nil
		}
	}
	return 0, errors.New("its closing quote is not found")
}

// blockEnd is the end of the last line that is indented as the first is, without
// its break.
func blockEnd(text []byte, from int) (int, error) {
	indent, end := -1, -1
	for at := from; at < len(text); {
		n := bytes.IndexByte(text[at:], '\n')
		if n < 0 {
			n = len(text) - at
		}
		line := text[at : at+n]
		in := len(line) - len(bytes.TrimLeft(line, " "))
		switch blank := len(bytes.TrimSpace(line)) == 0; {
		case at == from || blank:
		case indent < 0:
			indent, end = in, at+n
		case in < indent:
			at = len(text)
			continue
		default:
			end = at + n
		}
		at += n + 1
	}
	if end < 0 {
		return 0, errors.New("its lines are not found")
	}
	return end, nil
}

// holds makes sure that the text has the new value where the old one was.
func (e edit) holds(text []byte) error {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return fmt.Errorf("then it is no YAML: %w", err)
	}
	found := false
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		found = found || n.Kind == yaml.ScalarNode && n.Line == e.node.Line && n.Column == e.node.Column && n.Value == e.node.Value
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(&root)
	if !found {
		return errors.New("the value is not found again")
	}
	return nil
}

// Same says whether two texts hold the same values on the same lines.
func Same(a, b []byte) bool {
	var x, y yaml.Node
	return yaml.Unmarshal(a, &x) == nil && yaml.Unmarshal(b, &y) == nil && sameNode(&x, &y)
}

func sameNode(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.Tag == b.Tag && a.Value == b.Value && a.Line == b.Line && slices.EqualFunc(a.Content, b.Content, sameNode)
}
