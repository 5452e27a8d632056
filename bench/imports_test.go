package bench_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/memproof/memproof/"

// order is the packages of the domain: each may import those before it and none
// after it, tests of a package apart.
var order = []string{
	"bench/internal/stats", "bench/internal/strictyaml", "bench/internal/printable", "bench/internal/files", "bench/internal/ostime", // the floor
	"bench/metric", "bench/comparison", "bench/scenario/load", "bench/scenario/noise", "bench/scenario/input", "bench/scenario/program", "bench/scenario/secret", "bench/scenario", "bench/record", "bench/measure", "bench/attribution", "bench/sensitivity", "bench/verdict", "bench/study", "bench/design", "bench/experiment",
}

// above is which of its neighbours a package above the domain may import; the
// domain itself is open to all of them. Imports go one way:
//
//	domain <- {generator, sampler, hostinfo, doctor, engine, report} <- runner <- bench <- cmd
//
// The measured and the measuring side never meet.
var above = map[string][]string{
	"bench/internal/doctor":     {"bench/internal/hostinfo"},
	"bench/internal/fakerig":    nil,
	"bench/internal/generator":  nil,
	"bench/internal/sampler":    nil,
	"bench/internal/delayproxy": nil,
	"bench/internal/hostinfo":   nil,
	"bench/internal/runner":     {"bench/internal/doctor", "bench/internal/generator", "bench/internal/engine", "bench/internal/hostinfo", "bench/internal/report"},
	"bench":                     {"bench/internal/runner", "bench/internal/engine"},
	"bench/cmd/sampler":         {"bench/internal/hostinfo", "bench/internal/sampler"},
	"bench/cmd/injector":        nil,
	"bench/cmd/memproof":        {"bench/internal/doctor", "bench/internal/engine", "bench/internal/engine/leftovers", "bench/internal/runner", "bench/internal/generator", "bench/internal/report", "bench/internal/report/view"},

	// view <- {chart, markdown, junit, benchfmt} <- report
	"bench/internal/report/view":       nil,
	"bench/internal/report/chart":      {"bench/internal/report/view"},
	"bench/internal/report/markdown":   {"bench/internal/report/view"},
	"bench/internal/report/junit":      {"bench/internal/report/view"},
	"bench/internal/report/benchfmt":   {"bench/internal/report/view"},
	"bench/internal/report/reporttest": nil,
	"bench/internal/report":            {"bench/internal/report/view", "bench/internal/report/chart", "bench/internal/report/markdown", "bench/internal/report/junit", "bench/internal/report/benchfmt"},

	// logfile <- leftovers <- backend <- postgres <- {docker, host} <- engine; build below docker and host
	"bench/internal/engine/logfile":   nil,
	"bench/internal/engine/leftovers": {"bench/internal/engine/logfile"},
	"bench/internal/engine/backend":   {"bench/internal/doctor", "bench/internal/engine/leftovers", "bench/internal/engine/logfile"},
	"bench/internal/engine/build":     nil,
	"bench/internal/engine/postgres":  {"bench/internal/engine/backend", "bench/internal/engine/leftovers"},
	"bench/internal/engine/docker":    engineRooms,
	"bench/internal/engine/host":      engineRooms,
	"bench/internal/engine":           slices.Concat(engineRooms, []string{"bench/internal/engine/docker", "bench/internal/engine/host", "bench/internal/delayproxy"}), // delayproxy: what is added from outside
}

// engineRooms is what an engine may import.
var engineRooms = []string{
	"bench/internal/doctor", "bench/internal/engine/logfile", "bench/internal/engine/leftovers", "bench/internal/engine/backend",
	"bench/internal/engine/build", "bench/internal/engine/postgres",
}

// mayImport says whether the package may import the other one; known is false where
// neither list has it.
func mayImport(from, to string) (may, known bool) {
	place := slices.Index(order, from)
	below := slices.Index(order, to)
	if place >= 0 {
		return below >= 0 && below < place, true
	}
	allowed, known := above[from]
	return below >= 0 || slices.Contains(allowed, to), known
}

func TestImportsGoOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	listed := 0
	for d := json.NewDecoder(bytes.NewReader(out)); ; listed++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		checkImports(t, strings.TrimPrefix(p.ImportPath, module), p.Imports)
	}
	if rules := len(order) + len(above); listed < rules {
		t.Errorf("%d packages were listed, fewer than the %d with a rule", listed, rules)
	}
}

func checkImports(t *testing.T, from string, imports []string) {
	_, known := mayImport(from, "")
	side, _, _ := strings.Cut(from, "/")
	if side == "bench" && !known && !strings.Contains(from, "testdata") {
		t.Errorf("%s has no rule: give it a place in order, or say in above what it may import", from)
	}
	for _, path := range imports {
		to, ours := strings.CutPrefix(path, module)
		if !ours {
			continue
		}
		if otherSide, _, _ := strings.Cut(to, "/"); otherSide != side {
			t.Errorf("%s imports %s: bench and variants meet over HTTP, environment and /proc only", from, to)
		} else if may, _ := mayImport(from, to); side == "bench" && !may {
			t.Errorf("%s may not import %s", from, to)
		}
	}
}
