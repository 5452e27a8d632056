package scenario

import (
	"path/filepath"

	"github.com/memproof/memproof/bench/internal/strictyaml"
)

// bases are the files that a scenario extends, in its folder or below. Each scenario
// has a name of its own. Files that a base names lie beside the scenario, as the text
// of a base becomes the scenario's.
func (in Inputs) bases() strictyaml.Bases {
	return strictyaml.Bases{Own: []string{"name"}, Read: func(name string) (file string, text []byte, err error) {
		text, err = in.read(name)
		return filepath.Join(in.Dir, filepath.FromSlash(name)), text, err
	}}
}

// isBase says whether the file is for others to extend. Such a file names nothing that
// could be measured.
func (c checker) isBase() bool {
	for _, field := range []string{"name", "variants", "attribution"} {
		if c.Has(field) || c.Bad(field) {
			return false
		}
	}
	return true
}
