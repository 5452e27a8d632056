package scenario

import (
	"fmt"
	"path/filepath"
	"reflect"

	"github.com/memproof/memproof/bench/internal/strictyaml"
	"github.com/memproof/memproof/bench/scenario/load"
	"github.com/memproof/memproof/bench/scenario/secret"
)

// ParseScenario reads a scenario, fills in the defaults, and refuses one that cannot be
// run or decided. The error lists every mistake, one per line, with file, line, column
// and field. It also reads the traces and data that the scenario names, and the
// scenario that it extends, from the folder of the file.
func ParseScenario(file string, text []byte) (*Scenario, error) {
	return Inputs{Dir: filepath.Dir(file)}.ParseScenario(file, text)
}

// ParseScenario is [ParseScenario] with other inputs.
func (in Inputs) ParseScenario(file string, text []byte) (*Scenario, error) {
	sc := defaultScenario()
	h := &secret.Concealer{Vault: sc.secrets, Document: reflect.TypeFor[Scenario]()}
	c := checker{strictyaml.Decode(file, text, sc, h.Change, in.bases()), sc, in}
	if c.Unknown("services") {
		c.Instead("this is a compose file, not a scenario: run memproof init IMAGE, which writes a scenario for one of its images")
	}
	if c.isBase() {
		c.Fail("", "has neither name nor variants, so it is a base: write a scenario that has extends: FILE")
		return nil, c.Err()
	}
	c.references(h.Uses)
	c.cutLists()
	c.defaults()
	c.readInputs()
	c.check()
	sc.copy = sc.secrets.ConcealComments(c.Changed(text))
	sc.secrets.Build(sc.copy)
	if err := c.Err(); err != nil {
		return nil, err
	}
	return sc, nil
}

// bases reads the files that a scenario extends, in its folder or below. The name is
// never inherited. Files that a base names lie next to the scenario, because the base's
// text becomes the scenario's.
func (in Inputs) bases() strictyaml.Bases {
	return strictyaml.Bases{Own: []string{"name"}, Read: func(name string) (file string, text []byte, err error) {
		text, err = in.read(name)
		return filepath.Join(in.Dir, filepath.FromSlash(name)), text, err
	}}
}

// checker finds mistakes in a well-formed scenario.
type checker struct {
	*strictyaml.Document
	sc *Scenario
	in Inputs
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

// The most elements of a list: more cannot be run.
const (
	maxSidecars = 32
	maxTargets  = 10_000 // more than a mix needs, and the most that the record of a hit can number
)

// cutLists refuses lists that are too long, and shortens them so that the other checks
// end quickly.
func (c checker) cutLists() {
	s := c.sc
	cut(c, "variants", &s.Variants, 64)
	cut(c, "claims", &s.Claims, 500)
	cut(c, "load.phases", &s.Load.Phases, 500)
	cut(c, "load.targets", (*[]load.Target)(&s.Load.Targets), maxTargets)
	cut(c, "sidecars", &s.Sidecars, maxSidecars)
	for i := range s.Variants {
		cut(c, fmt.Sprintf("variants[%d].sidecars", i), &s.Variants[i].Sidecars, maxSidecars)
	}
}

func cut[T any](c checker, field string, list *[]T, most int) {
	if n := len(*list); n > most {
		c.Fail(field, "%d are too many: want at most %d", n, most)
		*list = (*list)[:most]
	}
}
