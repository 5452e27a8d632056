package engine

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/memproof/memproof/bench/scenario"
)

// TestFilesWithPasswordsArePrivate: of the files that a service finds, the one
// that is given the database's password is for its user alone.
func TestFilesWithPasswordsArePrivate(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"app.conf": "url = ${database.url}\n", "page.html": "port ${port} of ${unknown}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sc, err := scenario.Inputs{Dir: dir}.ParseScenario("files.yaml", []byte(`
name: files
variants: [{name: shell, command: [sh, -c, "echo up; sleep 60"], files: {app.conf: '', page.html: ''}}]
database: {settings: {shared_buffers: 16MB}}
limits: {cpus: 1}
ready: {log: up, within: 20s}
stop: {grace: 1s}
load: {target: {path: /}, phases: [{name: window, rate: 10/s, for: 1s, measure: true}]}
blocks: 2
`))
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, Host, sc)
	subject, err := s.Start(t.Context(), plan(s, "shell", t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	placed, _ := s.backend.FilesDir("variant-shell")
	for name, want := range map[string]fs.FileMode{"app.conf": 0o600, "page.html": 0o644, ".": fs.ModeDir | 0o711} {
		info, err := os.Stat(filepath.Join(placed, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode(); got&^want != 0 { // the umask may take more away
			t.Errorf("%s is %v, want at most %v", name, got, want)
		}
	}
	if _, err := subject.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
