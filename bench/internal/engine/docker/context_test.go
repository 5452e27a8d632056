package docker

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sourceOf makes a folder of empty files, and of .dockerignore if it is not empty.
func sourceOf(t *testing.T, ignore string, files ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	texts := map[string]string{"Dockerfile": "FROM scratch\n"}
	if ignore != "" {
		texts[".dockerignore"] = ignore
	}
	for _, name := range files {
		texts[name] = "text of " + name
	}
	for name, text := range texts {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestCheckContext: a file that can't be read is refused by name, unless the build does
// not get it.
func TestCheckContext(t *testing.T) {
	files := []string{"main.go", "data/one", "data/two", "web/app.js"}
	for _, tt := range []struct {
		name, ignore    string
		denied, refused []string
	}{
		{"all can be read", "", nil, nil},
		{"one can't", "", []string{"data/one"}, []string{"data/one"}},
		{"several can't", "", []string{"data/one", "web/app.js"}, []string{"data/one", "web/app.js"}},
		{"an ignored one", "data\n", []string{"data/one"}, nil},
		{"an ignored one and another", "data\n", []string{"data/one", "main.go"}, []string{"main.go"}},
		{"an exception to what is ignored", "data\n!data/two\n", []string{"data/one", "data/two"}, []string{"data/two"}},
		{"by a pattern", "**/*.js\n", []string{"web/app.js", "data/two"}, []string{"data/two"}},
		{"the Dockerfile that is ignored, and sent all the same", "Dockerfile\n", []string{"Dockerfile"}, []string{"Dockerfile"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := sourceOf(t, tt.ignore, files...)
			err := checkContext(dir, "Dockerfile", func(name string) (*os.File, error) {
				if rel, _ := filepath.Rel(dir, name); slices.Contains(tt.denied, rel) {
					return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
				}
				return os.Open(name)
			})
			if (err != nil) != (len(tt.refused) > 0) || err != nil && !errors.Is(err, fs.ErrPermission) {
				t.Fatalf("error %v, want one for %q", err, tt.refused)
			}
			for _, name := range append(files, "Dockerfile") {
				if got := err != nil && strings.Contains(err.Error(), filepath.Join(dir, name)+": "); got != slices.Contains(tt.refused, name) {
					t.Errorf("%s refused %t: %v", name, got, err)
				}
			}
		})
	}
}
