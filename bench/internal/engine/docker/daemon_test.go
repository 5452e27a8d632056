package docker

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/moby/client"
)

// With DOCKER_HOST no other socket is tried.
func TestDockerHostIsFinal(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///nonexistent")
	_, err := findDaemon(t.Context())
	if err == nil || !strings.Contains(err.Error(), "no Docker daemon answers at unix:///nonexistent") {
		t.Errorf("findDaemon: %v", err)
	}
}

func TestContextAddress(t *testing.T) {
	dir := t.TempDir()
	write := func(path, text string) {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	check := func(want string) {
		t.Helper()
		if got, err := contextAddress(dir); err != nil || got != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	t.Setenv("DOCKER_CONTEXT", "")
	check(client.DefaultDockerHost)
	write("config.json", `{"currentContext": "colima"}`)
	if _, err := contextAddress(dir); err == nil || !strings.Contains(err.Error(), `docker context "colima"`) {
		t.Errorf("a context without a file: %v", err)
	}
	// printf colima | sha256sum
	write("contexts/meta/f24fd3749c1368328e2b149bec149cb6795619f244c5b584e844961215dadd16/meta.json",
		`{"Name": "colima", "Endpoints": {"docker": {"Host": "unix:///home/u/.colima/docker.sock"}}}`)
	check("unix:///home/u/.colima/docker.sock")
	t.Setenv("DOCKER_CONTEXT", "default")
	check(client.DefaultDockerHost)
}

// The registry is asked last, and only if nothing else helps.
func TestNoDebian(t *testing.T) {
	silent, unable := errors.New("no registry"), errors.New("debootstrap is not installed")
	for _, tt := range []struct {
		name              string
		image             string
		importErr, regErr error
		asked, want       bool
	}{
		{"an image is here", debianImported, unable, silent, false, false},
		{"one can be made", "", nil, silent, false, false},
		{"one can be pulled", "", unable, nil, true, false},
		{"none", "", unable, silent, true, true},
	} {
		asked := false
		err := noDebian(tt.image, tt.importErr, func() error { asked = true; return tt.regErr })
		if (err != nil) != tt.want || asked != tt.asked {
			t.Errorf("%s: %v, asked %t", tt.name, err, asked)
		}
	}
}
