package files_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/memproof/memproof/bench/internal/files"
)

// TestReplaceFile: a file is made with its mode, one that is there keeps its own,
// and an error leaves what was there and nothing else.
func TestReplaceFile(t *testing.T) {
	broke := errors.New("broke")
	good := func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }
	bad := func(w io.Writer) error { _, err := io.WriteString(w, "ne"); return errors.Join(err, broke) }
	tests := []struct {
		name     string
		was      string // empty: no file
		wasMode  os.FileMode
		mode     os.FileMode
		write    func(io.Writer) error
		want     string
		wantMode os.FileMode
	}{
		{"new", "", 0, files.PublicFile, good, "new", 0o644},
		{"new and private", "", 0, files.PrivateFile, good, "new", 0o600},
		{"in the place of a private one", "old", 0o600, files.PublicFile, good, "new", 0o600},
		{"in the place of a public one", "old", 0o640, files.PrivateFile, good, "new", 0o640},
		{"it broke", "", 0, files.PublicFile, bad, "", 0},
		{"it broke, and there was one", "old", 0o640, files.PublicFile, bad, "old", 0o640},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			if tt.was != "" {
				if err := errors.Join(os.WriteFile(path, []byte(tt.was), 0o600), os.Chmod(path, tt.wasMode)); err != nil {
					t.Fatal(err)
				}
			}
			err := files.ReplaceFile(path, tt.mode, tt.write)
			if broken := errors.Is(err, broke); broken != (tt.want != "new") || !broken && err != nil {
				t.Fatal(err)
			}
			left, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" {
				if len(left) != 0 {
					t.Errorf("left are %v", left)
				}
				return
			}
			text, err := os.ReadFile(path)
			if err != nil || string(text) != tt.want || len(left) != 1 {
				t.Errorf("%q, %v, %d files; want %q alone", text, err, len(left), tt.want)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != tt.wantMode {
				t.Errorf("mode %v, %v; want %v", info.Mode(), err, tt.wantMode)
			}
		})
	}
}

// TestReplaceFileWritesIntoADevice: -to /dev/stdout is a pipe or a terminal.
func TestReplaceFileWritesIntoADevice(t *testing.T) {
	err := files.ReplaceFile(os.DevNull, files.PublicFile, func(w io.Writer) error { _, err := io.WriteString(w, "x"); return err })
	if err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("%v, %v: it was replaced", info.Mode(), err)
	}
}
