package bench_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// command is a go test of a set, as far as it decides what runs.
type command struct {
	short    bool
	race     bool
	run      string
	skip     string
	packages []string
}

// TestEveryTestIsInASet: make test and make test-all leave nothing out between
// them. A test runs where a command names its package and neither -run nor -skip
// leaves it out. A package that asks testing.Short() may leave out anything under
// -short, so each of its tests must run without -short too.
func TestEveryTestIsInASet(t *testing.T) {
	commands := slices.Concat(commandsOf(t, "test"), commandsOf(t, "test-all"))
	found := 0
	for _, p := range testPackages(t) {
		for _, name := range p.tests {
			found++
			if !slices.ContainsFunc(commands, func(c command) bool { return c.runs(p, name) }) {
				t.Errorf("%s of %s runs in neither make test nor make test-all: see .ci/tests", name, p.path)
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d tests were found", found)
	}
}

// TestMakeTestIsEveryPackage: make test leaves out what asks testing.Short() and
// nothing else.
func TestMakeTestIsEveryPackage(t *testing.T) {
	commands := commandsOf(t, "test")
	for _, p := range testPackages(t) {
		p.asksShort = false
		for _, name := range p.tests {
			if !slices.ContainsFunc(commands, func(c command) bool { return c.runs(p, name) }) {
				t.Errorf("%s of %s does not run in make test", name, p.path)
			}
		}
	}
}

// TestGoroutinesAreRaced: what starts goroutines has the race detector, in the one
// set or the other.
func TestGoroutinesAreRaced(t *testing.T) {
	commands := slices.DeleteFunc(slices.Concat(commandsOf(t, "test"), commandsOf(t, "test-all")), func(c command) bool { return !c.race })
	if len(commands) == 0 {
		t.Skip("no race detector on this machine: it needs a C compiler (Debian: apt-get install gcc libc6-dev)")
	}
	for _, p := range testPackages(t) {
		if !p.starts || p.path == "bench/internal/runner" { // the end-to-end run goes through it, with the detector
			continue
		}
		for _, name := range p.tests {
			if !strings.HasPrefix(name, "TestCalibration") && !slices.ContainsFunc(commands, func(c command) bool { return c.runs(p, name) }) {
				t.Errorf("%s of %s, which starts goroutines, runs without -race", name, p.path)
			}
		}
	}
}

func TestCommandRuns(t *testing.T) {
	light, heavy := testPackage{path: "a"}, testPackage{path: "b/c", asksShort: true}
	for _, tt := range []struct {
		command string
		p       testPackage
		name    string
		want    bool
	}{
		{"go test -race -short ./...", light, "TestX", true},
		{"go test -race -short ./...", heavy, "TestX", false},
		{"go test -p 1 ./b/c ./d", heavy, "TestX", true},
		{"go test ./b", heavy, "TestX", false},
		{"go test ./b/...", heavy, "TestX", true},
		{"go test -skip ^TestX$ ./...", light, "TestX", false},
		{"go test -skip ^TestX$ ./...", light, "TestXY", true},
		{"go test -run ^TestX ./... -own flag", light, "TestXY", true},
		{"go test -run ^TestX ./... -own flag", light, "FuzzX", false},
	} {
		if got := readCommand(t, tt.command).runs(tt.p, tt.name); got != tt.want {
			t.Errorf("%s: runs %s of %s: %t", tt.command, tt.name, tt.p.path, got)
		}
	}
}

// commandsOf asks make what it runs for a target, and the script that it runs.
func commandsOf(t *testing.T, target string) (all []command) {
	t.Helper()
	out, err := exec.Command("make", "-n", "-C", "..", target).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	set := regexp.MustCompile(`(?m)^\.ci/tests (\S+)$`).FindSubmatch(out)
	if set == nil {
		t.Fatalf("make %s runs no .ci/tests: %s", target, out)
	}
	if out, err = exec.Command("../.ci/tests", "-n", string(set[1])).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "go test") {
			all = append(all, readCommand(t, line))
		}
	}
	if len(all) == 0 {
		t.Fatalf("make %s has no go test: %s", target, out)
	}
	return all
}

// readCommand reads the flags of a go test. What follows its packages is for the
// test.
func readCommand(t *testing.T, line string) command {
	t.Helper()
	var c command
	flags := flag.NewFlagSet(line, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&c.short, "short", false, "")
	flags.StringVar(&c.run, "run", "", "")
	flags.StringVar(&c.skip, "skip", "", "")
	flags.BoolVar(&c.race, "race", false, "")
	flags.String("timeout", "", "")
	flags.Int("p", 0, "")
	words := strings.Fields(line)
	if err := flags.Parse(words[2:]); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	for _, word := range flags.Args() {
		if strings.HasPrefix(word, "-") {
			break
		}
		c.packages = append(c.packages, word)
	}
	return c
}

// testPackage is a package with its tests, by its folder.
type testPackage struct {
	path      string
	tests     []string
	asksShort bool
	starts    bool // goroutines
}

func (c command) runs(p testPackage, name string) bool {
	named := slices.ContainsFunc(c.packages, func(pattern string) bool {
		pattern = strings.TrimPrefix(strings.TrimPrefix(pattern, "./"), module)
		above, below := strings.CutSuffix(pattern, "...")
		return p.path == pattern || below && strings.HasPrefix(p.path+"/", above)
	})
	return named && (!c.short || !p.asksShort) && regexp.MustCompile(c.run).MatchString(name) &&
		(c.skip == "" || !regexp.MustCompile(c.skip).MatchString(name))
}

// testPackages lists the module's packages that have tests here.
func testPackages(t *testing.T) (all []testPackage) {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=Dir,ImportPath,GoFiles,TestGoFiles,XTestGoFiles,IgnoredGoFiles", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			Dir, ImportPath                                    string
			GoFiles, TestGoFiles, XTestGoFiles, IgnoredGoFiles []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		for _, name := range p.IgnoredGoFiles {
			if strings.HasSuffix(name, "_test.go") {
				t.Errorf("%s/%s is in no set on this system", p.ImportPath, name)
			}
		}
		found := testPackage{path: strings.TrimPrefix(p.ImportPath, module)}
		for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			found.read(t, filepath.Join(p.Dir, name))
		}
		if len(found.tests) > 0 {
			all = append(all, found)
		}
	}
}

// read adds the tests of a file, and what it does.
func (p *testPackage) read(t *testing.T, path string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if name := n.Name.Name; n.Recv == nil && name != "TestMain" && regexp.MustCompile("^(Test|Fuzz|Example)([^a-z]|$)").MatchString(name) {
				p.tests = append(p.tests, name)
			}
		case *ast.GoStmt:
			p.starts = true
		case *ast.CallExpr:
			if s, ok := n.Fun.(*ast.SelectorExpr); ok {
				p.asksShort = p.asksShort || fmt.Sprint(s.X, ".", s.Sel) == "testing.Short"
				p.starts = p.starts || s.Sel.Name == "Go" // of a WaitGroup or an errgroup
			}
		}
		return true
	})
}
