package docker

import (
	"archive/tar"
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/engine/build"
)

// An image has the binary whose hash stands in its tag and among the facts.
func TestArchiveHoldsTheBinary(t *testing.T) {
	bin := build.NewBinary("x", []byte("a program"))
	archive, err := archiveOf(map[string][]byte{"Dockerfile": []byte(programDockerfile), "program": bin.Text}, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	files := tar.NewReader(archive)
	for {
		h, err := files.Next()
		if err != nil {
			t.Fatal("no program in the archive: ", err)
		}
		if h.Name == "program" {
			break
		}
	}
	text, err := io.ReadAll(files)
	if err != nil || build.NewBinary("", text).Hash != bin.Hash {
		t.Errorf("%d bytes of another hash than %s, %v", len(text), bin.Hash, err)
	}
}

func TestNative(t *testing.T) {
	for _, tt := range []struct {
		image, daemon string
		want          bool
	}{
		{"amd64", "amd64", true},
		{"386", "amd64", true},
		{"", "amd64", true},
		{"amd64", "386", false},
		{"amd64", "arm64", false},
		{"arm64", "amd64", false},
		{"arm", "arm64", false},
		{"arm64", "arm", false},
		{"ppc64le", "ppc64", false},
		{"riscv64", "amd64", false},
	} {
		if got := native(tt.image, tt.daemon); got != tt.want {
			t.Errorf("an image for %q on %q: %t, want %t", tt.image, tt.daemon, got, tt.want)
		}
	}
}

// breakCredentials makes the configuration that of this text, whose helper called
// broken fails.
func breakCredentials(t *testing.T, config string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"config.json": config, "docker-credential-broken": "#!/bin/sh\necho locked >&2\nexit 1\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("DOCKER_CONFIG", dir)
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

// A pull asks the helper of its own registry only. A build gets the credentials of
// all registries whose helper works.
func TestCredentials(t *testing.T) {
	breakCredentials(t, `{"auths": {"ghcr.io": {"auth": "bWU6c2VjcmV0"}, "https://index.docker.io/v1/": {"identitytoken": "t0ken"}}, "credHelpers": {"gcr.io": "broken"}}`)
	for image, want := range map[string]string{
		"ghcr.io/x/y:1":       `{"username":"me","password":"secret","serveraddress":"ghcr.io"}`,
		"nginx":               `{"serveraddress":"https://index.docker.io/v1/","identitytoken":"t0ken"}`,
		"docker.io/library/x": `{"serveraddress":"https://index.docker.io/v1/","identitytoken":"t0ken"}`,
		"quay.io/x/y":         "",
		"NO NAME":             "",
	} {
		header, err := pullAuth(image)
		got, decodeErr := base64.URLEncoding.DecodeString(header)
		if err != nil || decodeErr != nil || string(got) != want {
			t.Errorf("%s: %s, %v, %v, want %s", image, got, err, decodeErr, want)
		}
	}
	if header, err := pullAuth("gcr.io/x/y"); header != "" || err == nil || !strings.Contains(err.Error(), "locked") {
		t.Errorf("gcr.io: %q, %v, want the helper's message", header, err)
	}
	all, err := credentials()
	if err == nil || !strings.Contains(err.Error(), "gcr.io") || len(all) != 2 || all["ghcr.io"].Username != "me" {
		t.Errorf("a build gets %v, %v", all, err)
	}
}

// A build's directory is sent without the files that .dockerignore names, but always
// with its Dockerfile.
func TestContextArchive(t *testing.T) {
	dir := t.TempDir()
	sent := func() (names []string) {
		archive, err := contextArchive(dir, "Dockerfile")
		if err != nil {
			t.Fatal(err)
		}
		defer archive.Close()
		for files := tar.NewReader(archive); ; {
			h, err := files.Next()
			if err == io.EOF {
				slices.Sort(names)
				return names
			}
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, h.Name)
		}
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Dockerfile", "a", "b.log"} {
		write(name, "")
	}
	if got := sent(); !slices.Equal(got, []string{"Dockerfile", "a", "b.log"}) {
		t.Errorf("without .dockerignore: %q", got)
	}
	write(".dockerignore", "# logs\n*.log\nDockerfile\n.dockerignore\n")
	if got := sent(); !slices.Equal(got, []string{".dockerignore", "Dockerfile", "a"}) {
		t.Errorf("with .dockerignore: %q", got)
	}
}
