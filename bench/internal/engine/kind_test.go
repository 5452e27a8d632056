package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/scenario"
	"github.com/moby/moby/client"
)

func TestChoose(t *testing.T) {
	answers := func(context.Context) (*daemon, error) {
		return &daemon{version: client.ServerVersionResult{Version: "20.10.24"}}, nil
	}
	silent := func(context.Context) (*daemon, error) {
		return nil, errors.New("no Docker daemon answers at unix:///x (refused)")
	}
	fine := func() error { return nil }
	bare := func() error { return errors.New("no Postgres: install one") }
	without := func(context.Context, *daemon) error {
		return errors.New("no image of Debian: apt-get install debootstrap")
	}
	with := func(context.Context, *daemon) error { return nil }
	image := func() error { return errors.New("variant x is an image") }
	cases := []struct {
		name string
		kind Kind
		has  probes
		want Kind
		says []string // the reason, or the error where want is empty
	}{
		{"auto takes docker", Auto, probes{answers, with, fine, fine}, Docker, []string{"docker: engine 20.10.24 answers"}},
		{"auto falls to host", Auto, probes{silent, with, fine, fine}, Host, []string{"host: no Docker daemon answers at unix:///x (refused)"}},
		{"auto has nothing", Auto, probes{silent, with, bare, fine}, "", []string{"no Docker daemon answers", "start Docker", "no Postgres: install one"}},
		{"docker as asked", Docker, probes{answers, with, bare, fine}, Docker, []string{"docker: engine 20.10.24 answers"}},
		{"docker is not there", Docker, probes{silent, with, fine, fine}, "", []string{"no Docker daemon answers", "start Docker"}},
		{"host as asked", Host, probes{answers, with, fine, fine}, Host, []string{"host: asked for"}},
		{"host is not possible", Host, probes{answers, with, bare, fine}, "", []string{"no Postgres: install one"}},
		{"no Debian, host can", Auto, probes{answers, without, fine, fine}, Host, []string{"host: docker answers, but has no image of Debian", "apt-get install debootstrap"}},
		{"no Debian, host has no Postgres", Auto, probes{answers, without, bare, fine}, "", []string{"no image of Debian", "no Postgres: install one"}},
		{"no Debian, images to run", Auto, probes{answers, without, fine, image}, "", []string{"no image of Debian", "variant x is an image"}},
		{"no Debian, docker as asked", Docker, probes{answers, without, fine, fine}, "", []string{"apt-get install debootstrap"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, why, _, err := choose(t.Context(), c.kind, c.has)
			if err != nil {
				got, why = "", err.Error()
			}
			if got != c.want {
				t.Errorf("chose %q, want %q", got, c.want)
			}
			for _, text := range c.says {
				if !strings.Contains(why, text) {
					t.Errorf("it says %q, not %q", why, text)
				}
			}
		})
	}
}

// DOCKER_HOST is final: no other socket of the machine is tried.
func TestDockerHostIsFinal(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///nonexistent")
	_, err := findDaemon(t.Context())
	if err == nil || !strings.Contains(err.Error(), "no Docker daemon answers at unix:///nonexistent") {
		t.Errorf("findDaemon: %v", err)
	}
}

func TestKindText(t *testing.T) {
	for _, text := range []string{"auto", "docker", "host"} {
		var k Kind
		if err := k.UnmarshalText([]byte(text)); err != nil || string(k) != text {
			t.Errorf("%q: %q, %v", text, k, err)
		}
		if back, err := k.MarshalText(); err != nil || string(back) != text {
			t.Errorf("%q: %q, %v", text, back, err)
		}
	}
	var k Kind
	if err := k.UnmarshalText([]byte("podman")); err == nil || !strings.Contains(err.Error(), "auto, docker or host") {
		t.Errorf("podman: %v", err)
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

// The registry is asked last, and only where nothing else helps.
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

func TestHostable(t *testing.T) {
	pkg, command := scenario.Build{Package: "./a"}, []string{"nginx"}
	for _, tt := range []struct {
		name    string
		variant scenario.Variant
		beside  scenario.Companion
		want    bool
	}{
		{"a package", scenario.Variant{Build: pkg}, scenario.Companion{Build: pkg}, true},
		{"an image with a command", scenario.Variant{Image: "x", Command: command}, scenario.Companion{Command: command}, true},
		{"an image", scenario.Variant{Image: "x"}, scenario.Companion{Build: pkg}, false},
		{"a Dockerfile", scenario.Variant{Build: scenario.Build{Context: "."}}, scenario.Companion{Build: pkg}, false},
		{"an image beside it", scenario.Variant{Build: pkg}, scenario.Companion{Image: "redis"}, false},
		{"a user", scenario.Variant{Build: pkg, User: "nobody"}, scenario.Companion{Build: pkg}, false},
	} {
		sc := &scenario.Scenario{Variants: []scenario.Variant{tt.variant}, Beside: []scenario.Companion{tt.beside}}
		if err := hostable(sc); (err == nil) != tt.want {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
