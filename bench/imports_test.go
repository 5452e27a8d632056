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

// mayImport is which packages of the project a package may import. Imports go
// one way: stats <- bench <- {load, meter, engine, report} <- lab <- cmd. The
// measured and the measuring side never meet.
var mayImport = map[string][]string{
	"bench/internal/stats":      nil, // so that a statistic can be checked by itself
	"bench/internal/strictyaml": nil,
	"bench/internal/printable":  nil,
	"bench":                     {"bench/internal/printable", "bench/internal/stats", "bench/internal/strictyaml"},
	"bench/internal/load":       {"bench"},
	"bench/internal/meter":      {"bench"},
	"bench/internal/relay":      nil,
	"bench/internal/engine":     {"bench/internal/printable", "bench", "bench/internal/relay"}, // what is added from outside
	"bench/internal/machine":    {"bench"},
	"bench/internal/report":     {"bench/internal/printable", "bench", "bench/internal/stats"}, // quantiles of the latency picture
	"bench/internal/lab":        {"bench/internal/printable", "bench", "bench/internal/load", "bench/internal/engine", "bench/internal/machine", "bench/internal/report"},
	"bench/cmd/sampler":         {"bench", "bench/internal/machine", "bench/internal/meter"},
	"bench/cmd/spike":           nil,
	"bench/cmd/memproof":        {"bench/internal/printable", "bench", "bench/internal/engine", "bench/internal/lab", "bench/internal/load", "bench/internal/report"}, // load: access logs
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
	if listed < len(mayImport) {
		t.Errorf("%d packages were listed, fewer than the %d with a rule", listed, len(mayImport))
	}
}

func checkImports(t *testing.T, from string, imports []string) {
	allowed, known := mayImport[from]
	side, _, _ := strings.Cut(from, "/")
	if side == "bench" && !known && !strings.Contains(from, "testdata") {
		t.Errorf("%s has no rule: say in mayImport what it may import", from)
	}
	for _, path := range imports {
		to, ours := strings.CutPrefix(path, module)
		if !ours {
			continue
		}
		if otherSide, _, _ := strings.Cut(to, "/"); otherSide != side {
			t.Errorf("%s imports %s: bench and variants meet over HTTP, environment and /proc only", from, to)
		} else if side == "bench" && !slices.Contains(allowed, to) {
			t.Errorf("%s may not import %s", from, to)
		}
	}
}
