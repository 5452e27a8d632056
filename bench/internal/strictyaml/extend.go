package strictyaml

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bases finds the files that a file extends. The key extends names one, from the folder
// of the file that says so; that one may name a further one.
//
// Mappings of the two are merged key by key. Of anything else, a list too, the
// extending file's value replaces the base's. No key can be taken away.
type Bases struct {
	// Read returns the text of a file, and what the file is called in messages. The
	// name counts from the folder of the first file.
	Read func(name string) (file string, text []byte, err error)
	Own  []string // keys of the document that no base gives
}

const (
	extends  = "extends"
	mostDeep = 8 // files of a chain; one that is longer is a cycle through links
)

// DecodeExtended is [DecodeChanged] of a file that may extend others. Each mistake is
// placed in the file that has it. A value that another file replaces is checked too.
func DecodeExtended(file string, text []byte, into any, change Change, bases Bases) *Document {
	d := newDocument(file)
	d.change = change
	switch {
	case !d.read(text):
		return d
	case !holds(d.root, extends):
		d.fill(into)
		return d
	}
	alone := func(file string, text []byte) *Document {
		return Decode(file, text, reflect.New(reflect.TypeOf(into).Elem()).Interface())
	}
	chain, whole := bases.chain(alone(file, text), alone)
	if whole {
		d.merge(chain, bases.Own)
		d.fill(into)
	}
	for _, one := range chain {
		d.adopt(one.problems)
	}
	d.decoded = len(d.problems)
	return d
}

func holds(n *yaml.Node, key string) bool {
	return n.Kind == yaml.MappingNode && slices.ContainsFunc(keys(n), func(k *yaml.Node) bool { return k.Value == key })
}

// keys are those of a mapping, in its order.
func keys(n *yaml.Node) (all []*yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		all = append(all, n.Content[i])
	}
	return all
}

// chain is the first file, what it extends, and what that extends. It is not whole
// where one of them can't be read.
func (b Bases) chain(first *Document, alone func(file string, text []byte) *Document) (all []*Document, whole bool) {
	all = []*Document{first}
	last, name := first, ""
	for last.Has(extends) {
		if last.Bad(extends) {
			return all, false
		}
		name = beside(name, last.Text(extends))
		file, text, err := b.read(name, all)
		if err != nil {
			last.Fail(extends, "%v", err)
			return all, false
		}
		last = alone(file, text)
		all = append(all, last)
	}
	return all, last.Has("")
}

// beside is the name of a file that another one names, from the folder of the first
// file on.
func beside(from, name string) string {
	if name == "" || path.IsAbs(name) {
		return name
	}
	return path.Join(path.Dir(from), name)
}

// read refuses a file that the chain holds already.
func (b Bases) read(name string, chain []*Document) (file string, text []byte, err error) {
	if name == "" {
		return "", nil, errors.New("names no file: want one such as base/service.yaml")
	}
	if file, text, err = b.Read(name); err != nil {
		return "", nil, err
	}
	if slices.ContainsFunc(chain, func(d *Document) bool { return filepath.Clean(d.file) == filepath.Clean(file) }) {
		return "", nil, fmt.Errorf("%s extends this file, or is this file: remove one of the two lines", file)
	}
	if len(chain) == mostDeep {
		return "", nil, fmt.Errorf("%s is file %d of the chain: want at most %d", file, mostDeep+1, mostDeep)
	}
	return file, text, nil
}

// merge makes the document from a chain, in which each file extends the next.
func (d *Document) merge(chain []*Document, own []string) {
	d.origin = map[*yaml.Node]string{}
	d.root = without(chain[0].root, extends)
	for _, base := range chain[1:] {
		from := without(base.root, append(own, extends)...)
		d.originates(from, base.file)
		d.root = d.over(d.root, from)
	}
	d.merged, d.head, d.foot = true, chain[0].head, chain[0].foot
}

// without is the mapping less some keys. A comment above the first is the file's, and
// stays.
func without(n *yaml.Node, keys ...string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return n
	}
	out := *n
	out.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !slices.Contains(keys, key.Value) {
			out.Content = append(out.Content, key, value)
		} else if i == 0 && len(n.Content) > 2 && n.Content[2].HeadComment == "" {
			n.Content[2].HeadComment = key.HeadComment
		}
	}
	return &out
}

// originates notes the file that the node and all in it come from.
func (d *Document) originates(n *yaml.Node, file string) {
	d.origin[n] = file
	for _, c := range n.Content {
		d.originates(c, file)
	}
}

// over lays what a file says over what its base says. It changes neither.
func (d *Document) over(n, base *yaml.Node) *yaml.Node {
	if n.Kind != yaml.MappingNode || base.Kind != yaml.MappingNode {
		return n
	}
	below := map[string]*yaml.Node{}
	for i := 0; i+1 < len(base.Content); i += 2 {
		below[base.Content[i].Value] = base.Content[i+1]
	}
	out := *n
	out.Content = nil
	out.Style = n.Style & base.Style
	said := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if b := below[key.Value]; b != nil && !said[key.Value] {
			key, value = d.pair(key, value, b)
		}
		said[key.Value] = true
		out.Content = append(out.Content, key, value)
	}
	for i := 0; i+1 < len(base.Content); i += 2 {
		if key := base.Content[i]; !said[key.Value] {
			out.Content = append(out.Content, key, base.Content[i+1])
		}
	}
	return d.like(n, &out)
}

// pair is a key with what both say of it. A comment behind {a: b} has no place behind
// several lines, and goes above the key.
func (d *Document) pair(key, value, base *yaml.Node) (k, v *yaml.Node) {
	merged := d.over(value, base)
	if comment := merged.LineComment; merged != value && comment != "" && merged.Style&yaml.FlowStyle == 0 {
		above := *key
		above.HeadComment = strings.TrimPrefix(above.HeadComment+"\n"+comment, "\n")
		merged.LineComment = ""
		key = d.like(key, &above)
	}
	return key, merged
}

// like gives a copy of a node the file that the node is from.
func (d *Document) like(n, copied *yaml.Node) *yaml.Node {
	if file, ok := d.origin[n]; ok {
		d.origin[copied] = file
	}
	return copied
}

// adopt takes over mistakes that were found in one of the files alone.
func (d *Document) adopt(problems Problems) {
	for _, p := range problems {
		if !slices.Contains(d.problems, p) {
			d.add(p)
		}
	}
}
