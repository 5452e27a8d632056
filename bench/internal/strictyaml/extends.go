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

// Bases reads the files that a file extends. Its key "extends" names one file, relative to
// its own folder; that file may extend another.
//
// Mappings are merged key by key. Any other value of the extending file, such as a list,
// replaces the base's. A key cannot be removed.
type Bases struct {
	// Read returns the text of a file, and its name in messages. The argument is relative
	// to the folder of the first file.
	Read func(name string) (file string, text []byte, err error)
	Own  []string // keys of the document that are not inherited
}

const (
	extends  = "extends"
	maxChain = 8 // files; a longer chain is a cycle of links
)

// chain decodes the file, the file that it extends, and so on, each by itself. complete is
// false if one of them cannot be read.
func (b Bases) chain(file string, text []byte, into reflect.Type) (all []*Document, complete bool) {
	for name := ""; ; {
		d := newDocument(file)
		all = append(all, d)
		if d.read(text) {
			d.fill(reflect.New(into).Interface())
		}
		if !d.Has(extends) || d.Bad(extends) {
			return all, d.Has("") && !d.Bad(extends)
		}
		if base := d.Text(extends); path.IsAbs(base) || base == "" {
			name = base
		} else {
			name = path.Join(path.Dir(name), base)
		}
		var err error
		if file, text, err = b.read(name, all); err != nil {
			d.Fail(extends, "%v", err)
			return all, false
		}
	}
}

// read refuses a file that is in the chain already.
func (b Bases) read(name string, chain []*Document) (file string, text []byte, err error) {
	if name == "" {
		return "", nil, errors.New("is empty: want a file such as base/service.yaml")
	}
	if file, text, err = b.Read(name); err != nil {
		return "", nil, err
	}
	if slices.ContainsFunc(chain, func(d *Document) bool { return filepath.Clean(d.file) == filepath.Clean(file) }) {
		return "", nil, fmt.Errorf("%s extends this file, or is this file: remove one of the two lines", file)
	}
	if len(chain) == maxChain {
		return "", nil, fmt.Errorf("%s is file %d of the chain: want at most %d", file, maxChain+1, maxChain)
	}
	return file, text, nil
}

// inherit merges the documents of a chain, in which each extends the next, into the first.
func (d *Document) inherit(chain []*Document, own []string) {
	d.root, d.changed = chain[0].root, true
	remove(d.root, extends)
	for _, base := range chain[1:] {
		remove(base.root, append(own, extends)...)
		d.setOrigin(base.root, base.file)
		merge(&yaml.Node{}, d.root, base.root)
	}
}

// remove deletes keys of a mapping. A comment above the first key belongs to the file, and
// moves to the next key.
func remove(n *yaml.Node, names ...string) {
	var rest []*yaml.Node
	comment := ""
	for key, value := range pairs(n) {
		if !slices.Contains(names, key.Value) {
			if key.HeadComment == "" {
				key.HeadComment = comment
			}
			rest, comment = append(rest, key, value), ""
		} else if len(rest) == 0 {
			comment = key.HeadComment
		}
	}
	n.Content = rest
}

// setOrigin records the file of the node and of all nodes below it.
func (d *Document) setOrigin(n *yaml.Node, file string) {
	d.origin[n] = file
	for _, c := range n.Content {
		d.setOrigin(c, file)
	}
}

// merge adds to the mapping n, the value of key, what its base has and n lacks.
func merge(key, n, base *yaml.Node) {
	if n.Kind != yaml.MappingNode || base.Kind != yaml.MappingNode {
		return
	}
	n.Style &= base.Style
	if n.LineComment != "" && n.Style&yaml.FlowStyle == 0 { // {a: b} # c, which becomes several lines
		key.HeadComment = strings.TrimPrefix(key.HeadComment+"\n"+n.LineComment, "\n")
		n.LineComment = ""
	}
	for baseKey, baseValue := range pairs(base) {
		if k, v := lookup(n, baseKey.Value); v != nil {
			merge(k, v, baseValue)
		} else {
			n.Content = append(n.Content, baseKey, baseValue)
		}
	}
}
