package report

import (
	"errors"
	"image/color"
	"slices"

	"github.com/memproof/memproof/bench"
)

// arm is one variant with its valid trials, those that the verdict rests on.
type arm struct {
	name   string
	colour color.RGBA
	trials []*bench.Trial
}

// armsOf are the variants in the scenario's order, each with the trials of the
// valid blocks.
func armsOf(run *bench.Run, v *bench.Verdict) []arm {
	var arms []arm
	for i, name := range shownVariants(run.Scenario) {
		a := arm{name: name, colour: colourOf(i)}
		for _, t := range run.Trials {
			if t.Variant == name && slices.Contains(v.CountedBlocks, t.Block) {
				a.trials = append(a.trials, t)
			}
		}
		arms = append(arms, a)
	}
	return arms
}

// shownVariants are those that get a curve and a column. Of an attribution's
// many combinations it is the first and the last.
func shownVariants(sc *bench.Scenario) []string {
	if sc.Attribution != nil {
		return []string{bench.NoCauses, bench.AllCauses}
	}
	return sc.VariantNames()
}

// stretch is a load phase on the clock that starts with the load, in seconds.
type stretch struct {
	bench.Phase
	from, to float64
}

func stretches(sc *bench.Scenario) []stretch {
	var out []stretch
	at := 0.0
	for _, p := range sc.Load.Phases {
		out = append(out, stretch{p, at, at + p.For.Seconds()})
		at += p.For.Seconds()
	}
	return out
}

// noPicture says why a picture can't be drawn. The report prints it in the
// picture's place.
type noPicture string

func (n noPicture) Error() string { return string(n) }

// reasonOf is why a picture is missing, where err is no failure but that.
func reasonOf(err error) (string, bool) {
	var n noPicture
	ok := errors.As(err, &n)
	return string(n), ok
}
