package generator

import (
	"math/rand/v2"
	"slices"
	"sort"

	"github.com/memproof/memproof/bench/scenario/load"
)

// mix draws targets by their weights, or takes those of a list in turn, as vegeta
// does.
type mix struct {
	targets []load.Target
	upTo    []int // sum of the weights up to each target and its own
	seed    uint64
}

func newMix(targets []load.Target, seed uint64) mix {
	m := mix{targets: targets, seed: seed}
	sum := 0
	for _, t := range targets {
		sum += max(1, t.Weight)
		m.upTo = append(m.upTo, sum)
	}
	return m
}

// draw is the target of hit k. It depends on the seed and k alone.
func (m mix) draw(k uint64) int {
	switch {
	case len(m.targets) == 1:
		return 0
	case m.targets[0].File != "":
		return int(k % uint64(len(m.targets)))
	}
	const stream = 0x74617267657473 // apart from the draws of the templates
	n := rand.New(rand.NewPCG(m.seed^stream, k)).IntN(m.upTo[len(m.upTo)-1])
	return sort.SearchInts(m.upTo, n+1)
}

// named is the target of that name. A trace that names another was refused
// with the scenario.
func (m mix) named(name string) int {
	return slices.IndexFunc(m.targets, func(t load.Target) bool { return t.Name == name })
}
