package engine

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/engine/build"
	"github.com/memproof/memproof/bench/internal/engine/docker"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/moby/moby/client"
)

// An image of another architecture is refused before anything starts, whatever
// it is for.
func TestForeignArchitecture(t *testing.T) {
	if !needDocker(t) {
		return
	}
	arch := "arm64"
	c := dial(t, docker.Engine.Place.Here(t.Context()))
	defer c.Close()
	v, err := c.ServerVersion(t.Context(), client.ServerVersionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if v.Arch == arch || v.Arch == "aarch64" {
		arch = "amd64"
	}
	const name = "memproof/test-foreign:1"
	loadImage(t, c, name, arch)
	for who, use := range map[string]func(*scenario.Scenario){
		`variant "good"`:  func(sc *scenario.Scenario) { sc.Variants[0].Build, sc.Variants[0].Image = scenario.Build{}, name },
		`sidecar "cache"`: func(sc *scenario.Scenario) { sc.Sidecars = []scenario.Sidecar{{Name: "cache", Image: name}} },
		"database.seed":   func(sc *scenario.Scenario) { sc.Database.Seed = scenario.Program{Image: name} },
	} {
		t.Run(who, func(t *testing.T) {
			sc := scenarioOf("good")
			use(sc)
			openFails(t, Docker, sc, []string{who + ": image " + name + " is for " + arch + " and the daemon runs on " + v.Arch})
		})
	}
}

// loadImage gives the daemon an image that holds nothing.
func loadImage(t *testing.T, c *client.Client, name, arch string) {
	t.Helper()
	var layer bytes.Buffer
	if err := tar.NewWriter(&layer).Close(); err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(map[string]any{
		"architecture": arch, "os": "linux", "config": map[string]any{"Cmd": []string{"/nothing"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + build.NewBinary("", layer.Bytes()).Hash}},
	})
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := json.Marshal([]map[string]any{{"Config": "config.json", "RepoTags": []string{name}, "Layers": []string{"layer.tar"}}})
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	w := tar.NewWriter(&all)
	for file, text := range map[string][]byte{"manifest.json": manifest, "config.json": config, "layer.tar": layer.Bytes()} {
		if err := w.WriteHeader(&tar.Header{Name: file, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	res, err := c.ImageLoad(t.Context(), &all)
	if err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(res)
	if err != nil || !strings.Contains(string(said), name) {
		t.Fatalf("%s, %v", said, err)
	}
	t.Cleanup(func() {
		if _, err := c.ImageRemove(context.WithoutCancel(t.Context()), name, client.ImageRemoveOptions{Force: true}); err != nil {
			t.Error(err)
		}
	})
}

// A credential helper that fails stops nothing that needs no credentials.
func TestBrokenCredentialHelper(t *testing.T) {
	if !needDocker(t) {
		return
	}
	t.Setenv("DOCKER_HOST", docker.Engine.Place.Here(t.Context()))
	breakCredentials(t, `{"credsStore": "broken", "credHelpers": {"gcr.io": "broken"}}`)
	sc := scenarioOf("good")
	sc.Variants[0].Build = exposing(t, "service")
	open(t, Docker, sc)
	openFails(t, Docker, func() *scenario.Scenario {
		sc := scenarioOf("good")
		sc.Variants[0].Build, sc.Variants[0].Image = scenario.Build{}, "gcr.io.invalid/x/y:1"
		return sc
	}(), []string{"credentials of gcr.io.invalid: ", "locked"}) // why the pull had none
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
