package bench_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// The most lines of a package and of a file, comments included. Tests are not counted: a
// table of cases may be long.
const (
	packageLines = 2500
	fileLines    = 300
)

// larger are packages above packageLines, with the lines that they may not exceed.
var larger = map[string]int{
	"variants/internal/gateway": 3200, // the service that is measured: a move rebuilds what studies compare
}

func TestEveryPackageAndFileIsSmall(t *testing.T) {
	wrong, files, err := tooLarge(os.DirFS(".."), larger)
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range wrong {
		t.Error(what)
	}
	if files < 100 {
		t.Errorf("only %d files were found", files)
	}
}

// tooLarge says of each package and file of bench and variants that is above its limit what
// to do, and how many files were counted.
func tooLarge(root fs.FS, larger map[string]int) (wrong []string, files int, err error) {
	packages := map[string]int{}
	visit := func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "testdata":
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(root, name)
		n := bytes.Count(text, []byte("\n"))
		files, packages[path.Dir(name)] = files+1, packages[path.Dir(name)]+n
		if n > fileLines {
			wrong = append(wrong, fmt.Sprintf("%s has %d lines, at most %d: move a type or a step, with what only it calls, to a file of its own",
				name, n, fileLines))
		}
		return err
	}
	for _, side := range []string{"bench", "variants"} {
		if err := fs.WalkDir(root, side, visit); err != nil {
			return nil, 0, err
		}
	}
	for name, n := range packages {
		most, excepted := larger[name]
		switch {
		case excepted && n <= packageLines:
			wrong = append(wrong, fmt.Sprintf("%s has %d lines and needs no exception: delete its line in larger", name, n))
		case n > max(most, packageLines):
			wrong = append(wrong, fmt.Sprintf("%s has %d lines without tests, at most %d: "+
				"move a part that needs little of the rest to a package of its own, and give that a place in imports_test.go", name, n, max(most, packageLines)))
		}
	}
	slices.Sort(wrong)
	return wrong, files, nil
}

// TestSizesGoRed: each limit is exceeded once.
func TestSizesGoRed(t *testing.T) {
	file := func(lines int) *fstest.MapFile { return &fstest.MapFile{Data: bytes.Repeat([]byte("\n"), lines)} }
	root := fstest.MapFS{
		"bench/long/long.go":               file(fileLines + 1),
		"bench/long/long_test.go":          file(2 * fileLines), // not counted
		"bench/long/testdata/generated.go": file(2 * packageLines),
		"variants/full/notes.md":           file(2 * packageLines),
		"bench/shrunk/a.go":                file(1),
		"README.md":                        file(1),
	}
	for i := range packageLines / fileLines { // 8 files of 300
		name := fmt.Sprintf("%c.go", 'a'+i)
		root["bench/full/"+name], root["variants/full/"+name], root["bench/kept/"+name] = file(fileLines), file(fileLines), file(fileLines)
	}
	root["bench/full/rest.go"], root["variants/full/rest.go"], root["bench/kept/rest.go"] = file(100), file(101), file(200)
	want := []string{"bench/long/long.go has 301", "bench/shrunk has 1 lines and needs no exception", "variants/full has 2501"}
	wrong, files, err := tooLarge(root, map[string]int{"bench/shrunk": 2600, "bench/kept": 2600})
	if err != nil || files != 29 || len(wrong) != len(want) {
		t.Fatalf("%d files, %v: %q", files, err, wrong)
	}
	for i, w := range want {
		if !strings.HasPrefix(wrong[i], w) {
			t.Errorf("%q, want %q", wrong[i], w)
		}
	}
	if wrong, _, err := tooLarge(root, map[string]int{"bench/shrunk": 2600, "bench/kept": 2599}); err != nil || len(wrong) != 4 || !strings.HasPrefix(wrong[0], "bench/kept has 2600 lines without tests, at most 2599") {
		t.Errorf("%v: %q", err, wrong)
	}
}
