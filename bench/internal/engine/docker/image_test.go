package docker

import (
	"archive/tar"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/engine/build"
)

// An image has the binary of the hash in its tag and among the facts.
func TestArchiveHoldsTheBinary(t *testing.T) {
	bin := build.NewBinary("x", []byte("a program"))
	archive, err := archiveOf(map[string][]byte{"Dockerfile": []byte(programDockerfile), "program": bin.Text})
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
		{"amd64", "x86_64", true},
		{"arm64", "aarch64", true},
		{"arm64/v8", "arm64", true},
		{"arm", "armv7l", true},
		{"386", "amd64", true},
		{"", "amd64", true},
		{"AMD64", "amd64", true},
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

// breakCredentials sets the configuration of the docker command line. The helper called
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

// Only the registry that is asked has its helper asked.
func TestCredentials(t *testing.T) {
	breakCredentials(t, `{"auths": {"ghcr.io": {"auth": "bWU6c2VjcmV0"}, "https://index.docker.io/v1/": {"identitytoken": "t0ken"}}, "credHelpers": {"gcr.io": "broken"}}`)
	for image, want := range map[string][3]string{ // user, password, token
		"ghcr.io/x/y:1":       {"me", "secret", ""},
		"nginx":               {"", "", "t0ken"},
		"docker.io/library/x": {"", "", "t0ken"},
		"quay.io/x/y":         {},
	} {
		auth, err := credentials(registryOf(image))
		if got := [3]string{auth.Username, auth.Password, auth.IdentityToken}; err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", image, got, err, want)
		}
	}
	if _, err := credentials(registryOf("gcr.io/x/y")); err == nil || !strings.Contains(err.Error(), "locked") {
		t.Errorf("gcr.io: %v, want the helper's words", err)
	}
	all, err := buildAuth("FROM gcr.io/x/y\nFROM ghcr.io/x/y", nil)
	if err == nil || len(all) != 1 || all["ghcr.io"].Username != "me" {
		t.Errorf("a build gets %v, %v", all, err)
	}
}

func TestBaseImages(t *testing.T) {
	given := "debian:trixie"
	for _, tt := range []struct {
		name, dockerfile string
		want             []string
	}{
		{"scratch", "FROM scratch\nCOPY program /program", nil},
		{"a platform and a stage", "FROM --platform=linux/amd64 ghcr.io/x/y:1 AS Build\nFROM build\nCOPY --from=build /a /a", []string{"ghcr.io/x/y:1"}},
		{"an argument", "ARG BASE=debian:bookworm\nFROM ${BASE}", []string{given}},
		{"a default", "ARG B=debian:12\nARG T\nfrom $B\nFROM x:${T:-1}", []string{"debian:12", "x:1"}},
		{"copied from an image", "FROM scratch\nCOPY --from=busybox:1 /bin /bin\nCOPY --from=0 /a /b", []string{"busybox:1"}},
		{"flags before it", "FROM scratch\nCOPY --chown=1:1 --from=busybox:1 /bin /bin\nCOPY --chmod=1 from /a", []string{"busybox:1"}},
		{"an argument that a stage names again", "ARG B=x:1\nFROM $B\nARG B\nFROM $B AS two", []string{"x:1", "x:1"}},
		{"an argument without a value", "ARG N\nFROM ${N}", []string{"${N}"}},
		{"nothing after it", "FROM\nFROM --platform=x\nARG\nCOPY", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := baseImages(tt.dockerfile, map[string]*string{"BASE": &given}); !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// A Dockerfile is somebody else's text.
func FuzzBaseImages(f *testing.F) {
	f.Add("ARG B=a\nFROM ${B} AS c\nCOPY --from=c / /")
	f.Add("FROM ${")
	f.Fuzz(func(t *testing.T, dockerfile string) {
		for _, image := range baseImages(dockerfile, nil) {
			if image == "" {
				t.Error("an image without a name")
			}
			registryOf(image)
		}
	})
}
