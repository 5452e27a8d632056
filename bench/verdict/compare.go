package verdict

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// Compared is the comparison of two runs of the same question.
type Compared struct {
	Claims []ComparedClaim
	// Relative lists the differences between the machines. If there are any, only
	// claims with a comparison within each run are compared, and no absolute figures.
	Relative []string
	// Apart says why claims on memory are left out: the two runs have different memory
	// bases. Empty if they have the same.
	Apart  string
	Builds []string // says of each variant whether its binary is the same in both
}

// ComparedClaim is one claim in both runs.
type ComparedClaim struct {
	A, B ClaimVerdict
	// Effect is the change from A to B. It is a factor if the claim is a reduction or a
	// ratio (1.05: 5% more remains in B), else an amount in the metric's unit.
	Effect
	Factor bool
	Differ bool // the interval excludes "no change"
}

// NotComparable lists the reasons why two runs cannot be compared.
type NotComparable struct{ Why []string }

func (e NotComparable) Error() string {
	return "these runs can't be compared:\n  " + strings.Join(e.Why, "\n  ")
}

// Compare compares the claims that two runs share. It refuses runs that asked different
// questions, with the reasons: see [NotComparable].
func Compare(a, b *record.Run) (*Compared, error) {
	va, err := Judge(a)
	if err != nil {
		return nil, err
	}
	vb, err := Judge(b)
	if err != nil {
		return nil, err
	}
	if why := slices.Concat(va.unfit(a.Dir), vb.unfit(b.Dir), differentParts(a.Scenario, b.Scenario)); len(why) > 0 {
		return nil, NotComparable{why}
	}
	c := &Compared{Relative: differentFacts(a, b), Builds: builds(a, b)}
	if va.MemoryBasis != vb.MemoryBasis { // even reductions cannot be compared then
		c.Apart = fmt.Sprintf("memory is %q in one and %q in the other: claims on it are left out", va.MemoryBasis, vb.MemoryBasis)
	}
	for _, ca := range va.Claims {
		i := slices.IndexFunc(vb.Claims, func(cb ClaimVerdict) bool {
			return ca.Metric == cb.Metric && ca.Comparison == cb.Comparison && ca.Variant == cb.Variant && ca.Baseline == cb.Baseline
		})
		switch {
		case i < 0, ca.Estimate == nil, vb.Claims[i].Estimate == nil:
			continue // one of the two has no answer
		case len(c.Relative) > 0 && ca.Comparison.Facts().Own == nil, c.Apart != "" && ca.Metric.ByBasis():
			continue
		}
		claim, err := compareClaim(ca, vb.Claims[i])
		if err != nil {
			return nil, err
		}
		c.Claims = append(c.Claims, claim)
	}
	if len(c.Claims) == 0 {
		why := append([]string{"they share no claim that can be compared"}, c.Relative...)
		return nil, NotComparable{slices.DeleteFunc(append(why, c.Apart), func(line string) bool { return line == "" })}
	}
	return c, nil
}

// unfit says why a run cannot be compared with any other.
func (v *Verdict) unfit(dir string) (why []string) {
	switch {
	case v.Void:
		why = append(why, fmt.Sprintf("%s is %s: it has no valid figures", dir, v.Outcome))
	case v.Blocks < 2:
		why = append(why, fmt.Sprintf("%s has %d whole blocks: an interval needs two", dir, v.Blocks))
	}
	return why
}

// differentParts lists the parts in which the two scenarios differ.
func differentParts(a, b *scenario.Scenario) (why []string) {
	for _, part := range []struct {
		name string
		a, b any
	}{
		{"load", a.Load, b.Load}, {"limits", a.Limits, b.Limits},
		{"database", a.Database, b.Database}, {"upstream", a.Upstream, b.Upstream},
		{"sidecars", a.Sidecars, b.Sidecars}, {"init", a.Init, b.Init},
	} {
		if !reflect.DeepEqual(part.a, part.b) {
			why = append(why, "their scenarios differ in "+part.name)
		}
	}
	return why
}

// machineFacts are the facts that affect figures of memory and time.
var machineFacts = []string{"os", "kernel", "cpu", "cpus", "engine", "docker.cgroup", "limits",
	"transparent_hugepages", "postgres.version", "postgres.settings"}

func differentFacts(a, b *record.Run) (why []string) {
	for _, name := range machineFacts {
		if x, y := a.Meta.Machine[name], b.Meta.Machine[name]; x != y {
			why = append(why, fmt.Sprintf("%s is %q and %q", name, x, y))
		}
	}
	return why
}

// builds says for each variant whether both runs had the same binary.
func builds(a, b *record.Run) (lines []string) {
	for _, name := range slices.Sorted(maps.Keys(a.Meta.Machine)) {
		variant, ok := strings.CutPrefix(name, "binary.variant.")
		if !ok {
			continue
		}
		switch b.Meta.Machine[name] {
		case "":
		case a.Meta.Machine[name]:
			lines = append(lines, variant+" is the same binary in both")
		default:
			lines = append(lines, variant+" is another binary")
		}
	}
	return lines
}

// compareClaim computes Welch's interval, on the scale on which the claim's blocks are
// averaged.
func compareClaim(a, b ClaimVerdict) (ComparedClaim, error) {
	out := ComparedClaim{A: a, B: b, Factor: a.scale().Factor}
	scaled := func(c ClaimVerdict) (xs []float64) {
		for _, x := range c.PerBlock {
			xs = append(xs, c.scale().To(x))
		}
		return xs
	}
	e, err := stats.Welch(scaled(a), scaled(b), 0.95)
	if err != nil {
		return out, fmt.Errorf("claim %s: %w", a.ID, err)
	}
	out.Effect, out.Differ = changeOn(a.scale(), effect(e))
	return out, nil
}

// changeOn converts a change on the claim's scale to a readable figure. differ reports
// whether the interval excludes "no change".
func changeOn(s comparison.Scale, e Effect) (change Effect, differ bool) {
	return Effect{Change: s.Change(e.Change), Low: s.Change(e.Low), High: s.Change(e.High)}, e.ClearOfZero()
}

// Replication is a claim and its replicate: the same question about other variants in the
// same blocks, such as the same service in another language.
type Replication struct {
	Says string `json:"statement"` // the sentence of the first claim
	A    string `json:"a"`         // id of the first claim
	B    string `json:"b"`         // id of its replicate

	Agree bool `json:"agree"` // both claims have the same answer
	// Change is the change from the first claim's figure to the second's. It is a
	// factor on the remaining part if the claims are reductions or ratios (1.5: half as
	// much again remains), else an amount in the metric's unit. Its interval is
	// computed over the blocks, pair by pair.
	Change Effect `json:"change"`
	Factor bool   `json:"factor"`
	Differ bool   `json:"differ"` // the interval excludes "no change"
}

// compareReplicates compares each replicate with its claim.
func (v *Verdict) compareReplicates(sc *scenario.Scenario) {
	for i, c := range sc.Claims {
		first := slices.IndexFunc(v.Claims, func(a ClaimVerdict) bool { return a.ID == c.Replicates })
		if first < 0 {
			continue
		}
		if w, ok := replication(v.Claims[first], v.Claims[i]); ok {
			v.Replications = append(v.Replications, w)
		}
	}
}

// replication compares two claims; ok is false if one was not measured.
func replication(a, b ClaimVerdict) (w Replication, ok bool) {
	to := a.scale().To
	var apart []float64 // the differences in the blocks that count for both
	for i, number := range a.Blocks {
		j := slices.Index(b.Blocks, number)
		if j >= 0 && i < len(a.PerBlock) && j < len(b.PerBlock) {
			apart = append(apart, to(b.PerBlock[j])-to(a.PerBlock[i]))
		}
	}
	in, err := stats.MeanInterval(apart, comparison.Level)
	if err != nil {
		return w, false
	}
	w = Replication{Says: a.Statement, A: a.ID, B: b.ID, Agree: a.Outcome == b.Outcome, Factor: a.scale().Factor}
	w.Change, w.Differ = changeOn(a.scale(), Effect{Change: in.Mean, Low: in.Low, High: in.High})
	return w, true
}
