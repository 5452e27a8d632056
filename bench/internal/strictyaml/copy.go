package strictyaml

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Change returns the new value of a scalar, or the value itself to leave it. It is called
// once for each scalar, in the order of the text.
type Change func(field, value string) string

func (d *Document) change(n *yaml.Node, field string) {
	if d.replace == nil || n.Kind != yaml.ScalarNode {
		return
	}
	if v := d.replace(field, n.Value); v != n.Value {
		n.Value, n.Tag, d.changed = v, "!!str", true // with the tag of a number the encoder would write it out
	}
}

// Changed returns the document as one text, with the changes and with everything that the
// file inherits; nil if the document has a mistake. It keeps comments, except in rare
// places where the encoder would lose a value over them. A text that neither changes nor
// extends a file is returned as it is.
func (d *Document) Changed(text []byte) []byte {
	switch {
	case len(d.problems) > 0:
		return nil
	case !d.changed:
		return text
	}
	text = d.encode()
	if !d.equals(text) {
		simplify(d.root)
		text = encode(d.root)
	}
	if !d.equals(text) {
		d.fail(d.root, "", "the run directory's copy of this scenario cannot be written as YAML: write the scenario without extends")
	}
	return text
}

// encode writes each key of the document by itself, and an empty line before and after a
// key of several lines.
func (d *Document) encode() []byte {
	parts := []string{d.head}
	for key, value := range pairs(d.root) {
		parts = append(parts, string(encode(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{key, value}})))
	}
	var out strings.Builder
	long := false
	for _, part := range append(parts, d.foot) {
		if part = strings.Trim(part, "\n"); part == "" {
			continue
		}
		last := long
		long = strings.Contains(part, "\n") || strings.HasPrefix(part, "#")
		if out.Len() > 0 && (last || long) {
			out.WriteByte('\n')
		}
		out.WriteString(part + "\n")
	}
	return []byte(out.String())
}

// encode returns nil if the library cannot write the node.
func encode(n *yaml.Node) []byte {
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return nil
	}
	return out.Bytes()
}

// equals reports whether the text has the values of the document.
func (d *Document) equals(text []byte) bool {
	again, problem := parse(text)
	return problem == nil && sameValues(d.root, again.Content[0])
}

// Same reports whether two texts have the same values: they differ in comments and
// notation only.
func Same(a, b []byte) bool {
	x, wrongX := parse(a)
	y, wrongY := parse(b)
	return wrongX == nil && wrongY == nil && sameValues(x, y)
}

func sameValues(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.ShortTag() == b.ShortTag() && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, sameValues)
}

// simplify removes comments and block scalars from a node.
func simplify(n *yaml.Node) {
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, c := range n.Content {
		simplify(c)
	}
}
