package scenario

import (
	"path/filepath"

	"github.com/memproof/memproof/bench/internal/strictyaml"
)

// bases reads the files that a scenario extends, in its folder or below. The name is
// never inherited. Files that a base names lie next to the scenario, because the base's
// text becomes the scenario's.
func (in Inputs) bases() strictyaml.Bases {
	return strictyaml.Bases{Own: []string{"name"}, Read: func(name string) (file string, text []byte, err error) {
		text, err = in.read(name)
		return filepath.Join(in.Dir, filepath.FromSlash(name)), text, err
	}}
}

// isBase reports whether the file is meant to be extended: it has no name and no
// variants.
func (c checker) isBase() bool {
	for _, field := range []string{"name", "variants", "attribution"} {
		if c.Has(field) || c.Bad(field) {
			return false
		}
	}
	return true
}
