package study

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/scenario"
)

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

func differentFacts(a, b Side) (why []string) {
	for _, name := range machineFacts {
		if all := distinct(a, b, func(r JudgedRun) string { return r.Run.Meta.Machine[name] }); len(all) > 1 {
			why = append(why, name+" is "+strings.Join(all, " and "))
		}
	}
	return why
}

// differentBases says that the runs' memory is not made of the same: even reductions
// cannot be compared then.
func differentBases(a, b Side) string {
	all := distinct(a, b, func(r JudgedRun) string { return r.Verdict.MemoryBasis })
	if len(all) < 2 {
		return ""
	}
	return fmt.Sprintf("memory is %s in one and %s in the other: claims on it are left out", all[0], all[1])
}

// distinct returns what the runs of both sides have of something, quoted, each once.
func distinct(a, b Side, of func(JudgedRun) string) (all []string) {
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
