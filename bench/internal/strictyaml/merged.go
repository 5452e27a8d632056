package strictyaml

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mergedText is the merged document as one file. It is read again: a text that says
// something else is a mistake. The library misplaces some comments and some blocks of
// several lines; then the text has neither.
func (d *Document) mergedText() []byte {
	if len(d.problems) > 0 {
		return nil
	}
	for _, e := range d.edits {
		e.node.Tag = "!!str" // what was a number would be marked as one
	}
	text := d.commented()
	if !d.saidBy(text) {
		simplify(d.root)
		text = encoded(d.root)
	}
	if !d.saidBy(text) {
		d.fail(d.root, "", "can't be written as one text with what it extends: write it without extends")
	}
	return text
}

// commented is the document with its comments, and an empty line around each key of
// several lines.
func (d *Document) commented() []byte {
	parts := []string{d.head}
	for i := 0; i+1 < len(d.root.Content); i += 2 {
		parts = append(parts, string(encoded(&yaml.Node{Kind: yaml.MappingNode, Content: d.root.Content[i : i+2]})))
	}
	parts = append(parts, d.foot)
	var out strings.Builder
	long := false
	for _, part := range parts {
		if part = strings.Trim(part, "\n"); part == "" {
			continue
		}
		was := long
		long = strings.Contains(part, "\n") || strings.HasPrefix(part, "#")
		if out.Len() > 0 && (was || long) {
			out.WriteByte('\n')
		}
		out.WriteString(part + "\n")
	}
	return []byte(out.String())
}

// encoded is nil for what can't be encoded, which says nothing.
func encoded(n *yaml.Node) []byte {
	var out bytes.Buffer
	to := yaml.NewEncoder(&out)
	to.SetIndent(2)
	if err := to.Encode(n); err != nil {
		return nil
	}
	return out.Bytes()
}

// saidBy says whether the text holds the document's values and nothing else.
func (d *Document) saidBy(text []byte) bool {
	again, problem := parse(text)
	return problem == nil && sameValue(d.root, again.Content[0])
}

func sameValue(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.ShortTag() == b.ShortTag() && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, sameValue)
}

// simplify leaves a node no comment and no block of several lines.
func simplify(n *yaml.Node) {
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, c := range n.Content {
		simplify(c)
	}
}
