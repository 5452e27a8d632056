package build

import (
	"os"
	"path/filepath"
	"testing"
)

// root is the directory of go.mod.
var root = filepath.Join("..", "..", "..", "..")

// A binary has the text whose hash it has, also where its file is built anew later.
func TestProgramIsReadOnce(t *testing.T) {
	const pkg = "./bench/testdata/engine/seeder"
	bin, err := Program(t.Context(), root, "amd64", pkg)
	if err != nil {
		t.Fatal(err)
	}
	path, err := cachePath(root, "amd64", pkg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(path) }) // for the next build to make it anew
	if err := os.WriteFile(path, []byte("of another build"), 0o755); err != nil {
		t.Fatal(err)
	}
	if len(bin.Text) == 0 || NewBinary("", bin.Text).Hash != bin.Hash {
		t.Errorf("%d bytes of another hash than %s", len(bin.Text), bin.Hash)
	}
}

func TestShortName(t *testing.T) {
	for pkg, want := range map[string]string{
		"./variants/before": "before", "example.com/My_Service": "my-service", ".": "program", "./a/.../": "program", "./x/v2.1": "v2-1",
	} {
		if got := ShortName(pkg); got != want {
			t.Errorf("%q: %q, want %q", pkg, got, want)
		}
	}
}
