package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/docker"
	"github.com/memproof/memproof/bench/internal/engine/host"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
)

// engines is the table of engines, in the order in which Auto prefers them. A new
// engine is a package and a line here.
var engines = []backend.Engine{docker.Engine, host.Engine}

// Name is the name of an engine, or Auto: the first engine that this machine has.
type Name string

const (
	Auto   Name = "auto"
	Docker Name = "docker"
	Host   Name = "host"
)

// Names lists them for a person: "auto, docker or host".
func Names() string {
	names := []string{string(Auto)}
	for _, e := range engines[:len(engines)-1] {
		names = append(names, e.Name)
	}
	return strings.Join(names, ", ") + " or " + engines[len(engines)-1].Name
}

// includes reports whether a run with that name may take the engine.
func (n Name) includes(e backend.Engine) bool { return n == Auto || string(n) == e.Name }

// MarshalText returns the name.
func (n Name) MarshalText() ([]byte, error) { return []byte(n), nil }

// UnmarshalText refuses an unknown name.
func (n *Name) UnmarshalText(text []byte) error {
	name := Name(text)
	if !slices.ContainsFunc(engines, name.includes) {
		return fmt.Errorf("unknown engine %q: want %s", text, Names())
	}
	*n = name
	return nil
}

// places are where sessions leave things, whichever engine they use.
var places = placesOf(engines)

func placesOf(engines []backend.Engine) (all leftovers.Places) {
	for _, e := range engines {
		all = append(all, e.Place)
	}
	return all
}

// FindRemains finds all sessions on this machine, and in the places that its engines
// use.
func FindRemains(ctx context.Context) ([]leftovers.Remains, error) { return places.Find(ctx) }

// WatchdogMain turns this process into a watchdog, or into a helper of an engine,
// where it was started as one, and never returns then. Otherwise it returns at once.
// Any program that opens a session calls it first in main, and any test of such a
// package first in TestMain: both are copies of the running program.
func WatchdogMain() {
	for _, e := range engines {
		if e.Main != nil {
			e.Main()
		}
	}
	places.WatchdogMain()
}
