package chart

import (
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// stretch is a load phase on the clock that starts with the load, in seconds.
type stretch struct {
	load.Phase
	from, to float64
}

func stretches(sc *scenario.Scenario) []stretch {
	var out []stretch
	at := 0.0
	for _, p := range sc.Load.Phases {
		out = append(out, stretch{p, at, at + p.For.Seconds()})
		at += p.For.Seconds()
	}
	return out
}
