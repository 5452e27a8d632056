package docker

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/build"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
)

// bareMachine sets a PATH with the given programs and a fake apt-get only. asked returns
// the arguments that apt-get was called with.
func bareMachine(t *testing.T, programs ...string) (asked func() string) {
	t.Helper()
	dir, note := t.TempDir(), filepath.Join(t.TempDir(), "asked")
	for _, name := range programs {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	script := "#!/bin/sh\necho \"$@\" >>" + note + "\n"
	if err := os.WriteFile(filepath.Join(dir, "apt-get"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	return func() string {
		text, _ := os.ReadFile(note) // none: not asked
		return string(text)
	}
}

// canUnpack reports whether the test has root and the tools, and logs if not.
func canUnpack(t *testing.T) bool {
	t.Helper()
	if os.Geteuid() != 0 || !has(unpackTools...) {
		t.Logf("NOT RUN: it needs root and %q", unpackTools)
		return false
	}
	return true
}

// importer is an engine that can only import.
func importer(t *testing.T) *docker {
	t.Helper()
	left := leftovers.Leftovers{Session: leftovers.NewSession()}
	d := &docker{daemon: &daemon{}, opts: backend.Options{
		Session: left.Session, Logs: t.TempDir(), Folder: left.Folder(), Say: func(line string) { t.Log(line) },
	}}
	d.version.Arch = runtime.GOARCH
	if err := left.MakeFolder(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(left.Folder()) })
	return d
}

// Nothing is installed without permission.
func TestNothingIsInstalledUnasked(t *testing.T) {
	if !canUnpack(t) {
		return
	}
	asked := bareMachine(t)
	d := importer(t)
	err := d.importDebian(t.Context())
	if err == nil || !strings.Contains(err.Error(), "apt-get install debootstrap") || !strings.Contains(err.Error(), installEnv+"=1") {
		t.Errorf("%v, want what to install and how to allow it", err)
	}
	if asked() != "" {
		t.Errorf("apt-get was asked for %q", asked())
	}
	t.Setenv(installEnv, "1")
	if _, _, err := d.findDebootstrap(t.Context()); err != nil || asked() != "install -y --no-install-recommends debootstrap\n" {
		t.Errorf("allowed to, it asked apt-get for %q, %v", asked(), err)
	}
}

// Without debootstrap its package is unpacked for the run. A file with another hash is
// refused.
func TestDebootstrapIsUnpacked(t *testing.T) {
	if !canUnpack(t) {
		return
	}
	asked := bareMachine(t, "dpkg-deb", "wget", "tar", "xz", "sh", "rm")
	d := importer(t)
	text := debianPackage(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/right":
			w.Write(text)
		case "/other":
			w.Write([]byte("another program"))
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	hash := build.NewBinary("", text).Hash
	if _, _, err := d.unpackDebootstrap(t.Context(), download{[]string{server.URL + "/gone", server.URL + "/other"}, hash}); err == nil || !strings.Contains(err.Error(), "want "+hash) {
		t.Errorf("another file: %v", err)
	}
	program, env, err := d.unpackDebootstrap(t.Context(), download{[]string{server.URL + "/gone", server.URL + "/right"}, hash})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.command(t.Context(), env, program, "one"); err != nil {
		t.Error(err)
	}
	said, err := os.ReadFile(filepath.Join(d.opts.Logs, "debootstrap.log"))
	if err != nil || !strings.HasPrefix(string(said), "one "+d.opts.Folder) {
		t.Errorf("it said %q, %v", said, err)
	}
	if asked() != "" {
		t.Errorf("apt-get was asked for %q", asked())
	}
}

// debianPackage is a package like debootstrap's. Its program prints its argument and the
// folder of its data.
func debianPackage(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"DEBIAN/control":             "Package: debootstrap\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.com>\nDescription: none\n",
		"usr/sbin/debootstrap":       "#!/bin/sh\necho $1 $DEBOOTSTRAP_DIR\n",
		"usr/share/debootstrap/data": "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(t.TempDir(), "a.deb")
	if words, err := exec.Command("dpkg-deb", "--build", dir, out).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, words)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The error of tar or of the daemon is the import's.
func TestImportTree(t *testing.T) {
	var got []byte
	answer := `{"status":"sha256:1"}`
	d := importer(t)
	d.client = fakeDaemon(t, func(w http.ResponseWriter, r *http.Request) {
		var err error
		if got, err = io.ReadAll(r.Body); err == nil {
			w.Write([]byte(answer + "\n"))
		}
	})
	tree := t.TempDir()
	if err := os.WriteFile(filepath.Join(tree, "hello"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.importTree(t.Context(), tree); err != nil || !bytes.Contains(got, []byte("./hello")) {
		t.Errorf("%d bytes were sent, %v", len(got), err)
	}
	answer = `{"errorDetail":{"message":"no space left"},"error":"no space left"}`
	if err := d.importTree(t.Context(), tree); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("the daemon's error: %v", err)
	}
	if err := d.importTree(t.Context(), tree+"/none"); err == nil || !strings.Contains(err.Error(), "tar ") {
		t.Errorf("no such tree: %v", err)
	}
}
