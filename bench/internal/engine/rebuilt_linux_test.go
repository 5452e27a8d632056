package engine

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/memproof/memproof/bench/internal/engine/docker"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/moby/moby/client"
)

// TestRebuiltImageHasTheSameInputs: an image that was removed and built again, on a base
// of this machine, has another id. What it is built from is the same until a file
// changes.
func TestRebuiltImageHasTheSameInputs(t *testing.T) {
	if !needDocker(t) {
		return
	}
	base := imageOf(t, "service", "LABEL base=1\n")
	first := rebuiltFacts(t, base)
	// The second image is built on the first, by a name that no registry has.
	const name = "memproof/test-base:1"
	tagImage(t, first["image.variant.good"], name)
	top := filepath.Join(t.TempDir(), "test-top")
	t.Cleanup(func() { removeImages(t, "memproof/test-top") })
	t.Cleanup(func() { removeImages(t, "memproof/test-base") })
	write := func(file, text string) {
		if err := os.MkdirAll(top, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(top, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("Dockerfile", "ARG FROM\nFROM ${FROM}\nCOPY note /note\n")
	write("note", "one")
	b := scenario.Build{Context: top, Args: map[string]string{"FROM": name}}
	was := rebuiltFacts(t, b)
	removeImage(t, was["image.control.memory"]) // which keeps the layers of the other
	removeImages(t, "memproof/test-top")
	is := rebuiltFacts(t, b)
	for _, program := range []string{"variant.good", "control.memory"} {
		if was["image."+program] == is["image."+program] {
			t.Errorf("%s: image %s was not built again", program, is["image."+program])
		}
		if content := was["context."+program]; content == "" || content != is["context."+program] {
			t.Errorf("%s: built from %q, then from %q", program, content, is["context."+program])
		}
	}
	write("note", "two")
	if changed := rebuiltFacts(t, b); changed["context.variant.good"] == is["context.variant.good"] {
		t.Error("a changed file does not count")
	}
}

// rebuiltFacts are the facts of a session with the build as its variant.
func rebuiltFacts(t *testing.T, b scenario.Build) map[string]string {
	t.Helper()
	sc := scenarioOf("good")
	sc.Database, sc.Upstream, sc.Env = scenario.Database{}, scenario.Upstream{}, nil
	sc.Variants[0].Build = b
	sc.Controls = &scenario.Controls{Baseline: "good", Memory: 64 << 20}
	s, err := Open(t.Context(), Docker, sc, Options{Root: root, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	facts := s.Facts()
	t.Cleanup(func() { removeImage(t, facts["image.control.memory"]) })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return facts
}

func tagImage(t *testing.T, id, name string) {
	t.Helper()
	c := dial(t, docker.Engine.Place.Here(t.Context()))
	defer c.Close()
	if _, err := c.ImageTag(t.Context(), client.ImageTagOptions{Source: id, Target: name}); err != nil {
		t.Fatal(err)
	}
}

// removeImage removes an image that may be gone.
func removeImage(t *testing.T, id string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // which has ended in a cleanup
	c := dial(t, docker.Engine.Place.Here(ctx))
	defer c.Close()
	if _, err := c.ImageRemove(ctx, id, client.ImageRemoveOptions{Force: true}); err != nil && !errdefs.IsNotFound(err) {
		t.Error(err)
	}
}
