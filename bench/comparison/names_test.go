package comparison_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
)

// TestNoCodeAsksForAName: rules for one comparison stand in its file. Code outside this
// package never names a kind, and compares a kind with no text.
func TestNoCodeAsksForAName(t *testing.T) {
	read := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || filepath.Dir(path) == filepath.Join("..", "comparison") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		read++
		for _, found := range namesIn(t, path, string(text)) {
			t.Errorf("%s: ask the comparison instead", found)
		}
		return nil
	})
	if err != nil || read < 100 {
		t.Fatalf("%d files read, %v", read, err)
	}
}

// TestNamesAreFound: the check sees a constant, and a text in a comparison or a case.
func TestNamesAreFound(t *testing.T) {
	const header = "package p\nimport \"github.com/memproof/memproof/bench/comparison\"\n"
	for text, want := range map[string]int{
		`var x = comparison.Ratio`:                                          1,
		`func f(k comparison.Kind) bool { return k == "ratio" }`:            1,
		`func f(k comparison.Kind) { switch k { case "value", "ratio": } }`: 2,
		`func f(k comparison.Kind) bool { return k == "" }`:                 0,
		`var x, y = comparison.OfWhole, "ratio"`:                            0,
	} {
		if found := namesIn(t, "p.go", header+text); len(found) != want {
			t.Errorf("%s: found %q, want %d", text, found, want)
		}
	}
	if found := namesIn(t, "p.go", "package p\nfunc f(k string) bool { return k == \"ratio\" }"); len(found) != 0 {
		t.Errorf("a file without comparisons: %q", found)
	}
}

// namesIn lists the places of a Go file that name a kind.
func namesIn(t *testing.T, path, text string) (found []string) {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool { return strings.HasSuffix(i.Path.Value, `/bench/comparison"`) }) {
		return nil
	}
	note := func(n ast.Node, name string) {
		found = append(found, fmt.Sprintf("%s: %s", files.Position(n.Pos()), name))
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if of, ok := n.X.(*ast.Ident); ok && of.Name == "comparison" && isName(strings.ToLower(n.Sel.Name)) {
				note(n, n.Sel.Name)
			}
		case *ast.BinaryExpr:
			noteTexts(note, n.X, n.Y)
		case *ast.CaseClause:
			noteTexts(note, n.List...)
		}
		return true
	})
	return found
}

func noteTexts(note func(ast.Node, string), all ...ast.Expr) {
	for _, e := range all {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil && isName(text) {
				note(lit, lit.Value)
			}
		}
	}
}

func isName(text string) bool {
	return slices.Contains(comparison.Names(), text)
}
