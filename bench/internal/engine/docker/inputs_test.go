package docker

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// service is a build context: names to contents.
var service = map[string]string{
	"Dockerfile": "FROM x\nCOPY . /\n", "app/main.py": "print()", "app/run": "#!/bin/sh\n", ".dockerignore": "*.log\n", "a.log": "one",
}

// contextDigest is the digest of the service's build after a change in its folder and in
// the other inputs.
func contextDigest(t *testing.T, inFolder func(dir string) error, other func(*inputs)) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "service") // another folder each time
	for name, text := range service {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if inFolder != nil {
		if err := inFolder(dir); err != nil {
			t.Fatal(err)
		}
	}
	archive, err := contextOf(dir, "Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	value := "1"
	in := inputs{Text: service["Dockerfile"], Platform: "linux/amd64", Bases: []string{"sha256:11"}}
	in.setArgs(map[string]*string{"VERSION": &value, "UNSET": nil})
	if in.Files, err = hashFiles(archive); err != nil {
		t.Fatal(err)
	}
	if other != nil {
		other(&in)
	}
	return in.digest()
}

// TestInputs: what a build is made of decides its digest; times, the place of the folder
// and ignored files do not.
func TestInputs(t *testing.T) {
	write := func(name, text string) func(string) error {
		return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644) }
	}
	arg := func(name, value string) func(*inputs) {
		return func(in *inputs) { in.setArgs(map[string]*string{name: &value}) }
	}
	base := contextDigest(t, nil, nil)
	for name, tt := range map[string]struct {
		inFolder func(string) error
		other    func(*inputs)
		same     bool
	}{
		"nothing":         {nil, nil, true},
		"an ignored file": {write("a.log", "two"), nil, true},
		"another ignored": {write("b.log", "one"), nil, true},
		"times": {func(dir string) error {
			return os.Chtimes(filepath.Join(dir, "app/main.py"), time.Time{}, time.Unix(1, 0))
		}, nil, true},
		"the same value":   {nil, arg("VERSION", "1"), true},
		"a byte":           {write("app/main.py", "print!)"), nil, false},
		"a mode":           {func(dir string) error { return os.Chmod(filepath.Join(dir, "app/run"), 0o755) }, nil, false},
		"a name":           {func(dir string) error { return os.Rename(filepath.Join(dir, "app/run"), filepath.Join(dir, "app/ran")) }, nil, false},
		"a new file":       {write("app/new.py", ""), nil, false},
		"an empty folder":  {func(dir string) error { return os.Mkdir(filepath.Join(dir, "data"), 0o755) }, nil, false},
		"a link":           {func(dir string) error { return os.Symlink("run", filepath.Join(dir, "app/link")) }, nil, false},
		"what is ignored":  {write(".dockerignore", "*.log\napp/run\n"), nil, false},
		"the Dockerfile":   {nil, func(in *inputs) { in.Text += "USER x\n" }, false},
		"an argument":      {nil, arg("VERSION", "2"), false},
		"another argument": {nil, arg("RELEASE", "1"), false},
		"the base":         {nil, func(in *inputs) { in.Bases = []string{"sha256:22"} }, false},
		"a second base":    {nil, func(in *inputs) { in.Bases = append(in.Bases, "sha256:22") }, false},
		"the platform":     {nil, func(in *inputs) { in.Platform = "linux/arm64" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := contextDigest(t, tt.inFolder, tt.other); (got == base) != tt.same {
				t.Errorf("%s, was %s: want the same: %v", got, base, tt.same)
			}
		})
	}
}

// TestInputsHideArguments: a build argument may be a secret.
func TestInputsHideArguments(t *testing.T) {
	secret := "hunter2hunter2"
	var in inputs
	in.setArgs(map[string]*string{"TOKEN": &secret})
	if in.Args["TOKEN"] == "" || strings.Contains(in.Args["TOKEN"], secret) {
		t.Errorf("%q", in.Args)
	}
}

// TestHashFilesIgnoresOrder: two archives of the same files in another order, by other
// owners, are the same; attributes such as capabilities count.
func TestHashFilesIgnoresOrder(t *testing.T) {
	archive := func(uid int, capability string, names ...string) string {
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		for _, name := range names {
			h := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(name)), Uid: uid, ModTime: time.Unix(int64(uid), 0)}
			if capability != "" {
				h.PAXRecords = map[string]string{"SCHILY.xattr.security.capability": capability}
			}
			if err := w.WriteHeader(h); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte(name)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		lines, err := hashFiles(&out)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(lines, "\n")
	}
	if a, b := archive(0, "", "a", "b"), archive(1000, "", "b", "a"); a != b {
		t.Errorf("%s\nand\n%s", a, b)
	}
	if archive(0, "", "a") == archive(0, "net_bind", "a") {
		t.Error("a capability does not count")
	}
	if _, err := hashFiles(strings.NewReader(strings.Repeat("x", 1024))); err == nil {
		t.Error("no tar is read as one")
	}
}

// TestHoldsFolder: a run that writes into the context would change the next build.
func TestHoldsFolder(t *testing.T) {
	dir := t.TempDir()
	logs := filepath.Join(dir, "reports", "x", "run-01", "engine")
	if err := os.MkdirAll(logs, 0o755); err != nil {
		t.Fatal(err)
	}
	for ignored, want := range map[string]bool{"": true, "reports\n": false, "other\n": true} {
		for name, text := range map[string]string{"Dockerfile": "FROM x\n", ".dockerignore": ignored} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		archive, err := contextOf(dir, "Dockerfile")
		if err != nil {
			t.Fatal(err)
		}
		lines, err := hashFiles(archive)
		if err != nil {
			t.Fatal(err)
		}
		in := inputs{Files: lines}
		if got := in.holdsFolder(dir, logs); got != want {
			t.Errorf(".dockerignore %q: %v, want %v\n%s", ignored, got, want, strings.Join(lines, "\n"))
		}
		if in.holdsFolder(dir, t.TempDir()) {
			t.Error("a folder elsewhere is within it")
		}
	}
}
