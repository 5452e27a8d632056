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

// Compared is the comparison of two runs, or two studies, of the same question.
type Compared struct {
	Claims []ComparedClaim
	// Relative lists the differences between the machines. If there are any, only
	// claims with a comparison within each run are compared, and no absolute figures.
	Relative []string
	// Apart says why claims on memory are left out: the runs have different memory
	// bases. Empty if they have the same.
	Apart  string
	Builds []string // says of each variant whether its binary is the same in both
}

// ComparedClaim is one claim on both sides. A and B are the answers of the run where
// there is one, else over the runs.
type ComparedClaim struct {
	A, B         ClaimVerdict
	RunsA, RunsB int // how many runs answer it
	// Effect is the change from A to B, see [stats.CompareRuns]. It is a factor if the
	// claim is a reduction or a ratio (1.05: 5% more remains in B), else an amount in the
	// metric's unit.
	comparison.Effect
	Factor bool
	Differ bool // the interval excludes "no change"
}

// ComparedSide is one side of a comparison: a run, or the runs of a study that have a
// verdict.
type ComparedSide struct {
	Dir  string
	Runs []JudgedRun
}

// JudgedRun is a run with its verdict.
type JudgedRun struct {
	Run     *record.Run
	Verdict *Verdict
}

// NotComparable lists the reasons why two runs cannot be compared.
type NotComparable struct{ Why []string }

func (e NotComparable) Error() string {
	return "these runs can't be compared:\n  " + strings.Join(e.Why, "\n  ")
}

// Compare compares the claims that two runs share, as [CompareSides] does.
func Compare(a, b *record.Run) (*Compared, error) {
	sides := make([]ComparedSide, 2)
	for i, run := range []*record.Run{a, b} {
		v, err := Judge(run)
		if err != nil {
			return nil, err
		}
		sides[i] = ComparedSide{run.Dir, []JudgedRun{{run, v}}}
	}
	return CompareSides(sides[0], sides[1])
}

// CompareSides compares the claims that two runs or studies share. It refuses sides that
// asked different questions, with the reasons: see [NotComparable]. Runs of a study that
// have no valid figures are left out.
func CompareSides(a, b ComparedSide) (*Compared, error) {
	a, whyA := a.fit()
	b, whyB := b.fit()
	why := slices.Concat(whyA, whyB)
	if len(why) == 0 {
		why = differentParts(a.Runs[0].Run.Scenario, b.Runs[0].Run.Scenario)
	}
	if len(why) > 0 {
		return nil, NotComparable{why}
	}
	c := &Compared{
		Relative: differentFacts(a, b), Apart: differentBases(a, b),
		Builds: builds(a.Runs[0].Run.Meta.Machine, b.Runs[0].Run.Meta.Machine),
	}
	for _, ca := range a.Runs[0].Verdict.Claims {
		answersA, answersB := a.answers(ca), b.answers(ca)
		switch {
		case len(answersA) == 0, len(answersB) == 0:
			continue // one of the two has no answer
		case len(c.Relative) > 0 && ca.Comparison.Facts().Own == nil, c.Apart != "" && ca.Metric.ByBasis():
			continue
		}
		claim, err := compareClaim(answersA, answersB)
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

// fit returns the side without the runs that cannot be compared with any other; why says
// so of each if none is left.
func (s ComparedSide) fit() (left ComparedSide, why []string) {
	left = ComparedSide{Dir: s.Dir}
	for _, r := range s.Runs {
		switch v := r.Verdict; {
		case v.Void:
			why = append(why, fmt.Sprintf("%s is %s: it has no valid figures", r.Run.Dir, v.Outcome))
		case v.Blocks < 2:
			why = append(why, fmt.Sprintf("%s has %d whole blocks: an interval needs two", r.Run.Dir, v.Blocks))
		default:
			left.Runs = append(left.Runs, r)
		}
	}
	if len(left.Runs) > 0 {
		return left, nil
	}
	if len(s.Runs) == 0 {
		why = []string{s.Dir + " is a study in which no run has a verdict"}
	}
	return left, why
}

// answers returns the runs' answers to a claim of that question.
func (s ComparedSide) answers(of ClaimVerdict) (all []*ClaimVerdict) {
	for _, r := range s.Runs {
		i := slices.IndexFunc(r.Verdict.Claims, func(c ClaimVerdict) bool {
			return c.Metric == of.Metric && c.Comparison == of.Comparison && c.Variant == of.Variant && c.Baseline == of.Baseline
		})
		if i >= 0 && r.Verdict.Claims[i].Estimate != nil {
			all = append(all, &r.Verdict.Claims[i])
		}
	}
	return all
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

func differentFacts(a, b ComparedSide) (why []string) {
	for _, name := range machineFacts {
		if all := distinct(a, b, func(r JudgedRun) string { return r.Run.Meta.Machine[name] }); len(all) > 1 {
			why = append(why, name+" is "+strings.Join(all, " and "))
		}
	}
	return why
}

// differentBases says that the runs' memory is not made of the same: even reductions
// cannot be compared then.
func differentBases(a, b ComparedSide) string {
	all := distinct(a, b, func(r JudgedRun) string { return r.Verdict.MemoryBasis })
	if len(all) < 2 {
		return ""
	}
	return fmt.Sprintf("memory is %s in one and %s in the other: claims on it are left out", all[0], all[1])
}

// distinct returns what the runs of both sides have of something, quoted, each once.
func distinct(a, b ComparedSide, of func(JudgedRun) string) (all []string) {
	for _, r := range slices.Concat(a.Runs, b.Runs) {
		if text := fmt.Sprintf("%q", of(r)); !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// builds says for each variant whether both sides had the same binary, or an image built
// from the same files. All runs of a study have.
func builds(a, b map[string]string) (lines []string) {
	for _, name := range slices.Sorted(maps.Keys(a)) {
		group, variant, _ := strings.Cut(name, ".variant.")
		words, ok := buildWords[group]
		switch {
		case !ok, b[name] == "":
		case b[name] == a[name]:
			lines = append(lines, variant+words.same)
		default:
			lines = append(lines, variant+words.other)
		}
	}
	return lines
}

// buildWords are the facts of a program, with what is said of a comparison of two.
var buildWords = map[string]struct{ same, other string }{
	"binary":  {" is the same binary in both", " is another binary"},
	"context": {" is built from the same files in both", " is built from other files, arguments or another base"},
}

// compareClaim computes the interval of the change on the scale on which the claim's
// blocks are averaged.
func compareClaim(a, b []*ClaimVerdict) (ComparedClaim, error) {
	sideA, runsA := overRuns(a)
	sideB, runsB := overRuns(b)
	out := ComparedClaim{A: sideA, B: sideB, RunsA: len(a), RunsB: len(b), Factor: sideA.scale().Factor}
	e, err := stats.CompareRuns(runsA, runsB, comparison.Level)
	if err != nil {
		return out, fmt.Errorf("claim %s: %w", sideA.ID, err)
	}
	change := comparison.EffectOf(e) // on the scale
	out.Effect, out.Differ = sideA.scale().Effect(change), change.ClearOfZero()
	return out, nil
}

// overRuns returns the answer to a claim over the runs, and the estimate of each.
func overRuns(answers []*ClaimVerdict) (ClaimVerdict, []stats.RunEstimate) {
	c := StudyClaim{ClaimVerdict: *answers[0]}
	if len(answers) > 1 {
		c.Level = StudyLevel
		c.Outcome = c.estimate(answers)
	}
	return c.ClaimVerdict, c.runEstimates(answers)
}
