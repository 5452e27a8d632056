package engine

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/engine/build"
	"github.com/memproof/memproof/bench/internal/engine/docker"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// needDocker skips a test on a machine without Docker, see missing.
func needDocker(t *testing.T) bool {
	t.Helper()
	long(t)
	if _, _, err := Choose(t.Context(), Docker, nil); err != nil {
		missing(t, Docker, err)
		return false
	}
	return true
}

// No container of a run is published beyond the loopback, whatever its image exposes.
func TestPublishedOnLoopbackOnly(t *testing.T) {
	if !needDocker(t) {
		return
	}
	sc := scenarioOf("deaf")
	sc.Controls = &scenario.Controls{Baseline: "deaf"}
	sc.Variants[0].Build = exposing(t, "service")
	sc.Upstream.Build = exposing(t, "upstream")
	sc.Sidecars = []scenario.Sidecar{{Name: "silent", Build: sc.Upstream.Build, Args: []string{"-addr", ":8443", "-admin", ":8081"}}}
	sc.Database.Seed.Build = exposing(t, "seeder")
	s, err := prepare(t.Context(), Docker, sc, Options{Root: root, Dir: t.TempDir(), Log: func(line string) { t.Log(line) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	seen := watchContainers(t, s)
	if err := s.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	named := func(program string) string {
		return "/memproof-" + program + "-" + s.id[strings.LastIndex(s.id, "-")+1:]
	}
	p := plan(s, "deaf", t.TempDir())
	for i, injected := range []*scenario.Injection{nil, {Memory: 1 << 20}} {
		p.Position, p.Arm.Injected = i+1, injected
		subject := startPlan(t, s, p)
		awaitSidecar(t, subject)
		if _, err := subject.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	all := seen()
	if db := all[named("postgres")]; len(db) > 0 && db[0].ShmSize != 1<<30 {
		t.Errorf("Postgres has %d bytes of shared memory, want 1 GiB", db[0].ShmSize)
	}
	for _, kind := range []string{"variant-deaf", "silent", "upstream", "postgres", "seed", "sampler", "sampler-silent", "sampler-postgres"} {
		if _, ok := all[named(kind)]; !ok {
			t.Errorf("no container of %s was seen among %q", kind, slices.Sorted(maps.Keys(all)))
		}
	}
	if injected := all[named("variant-deaf")]; len(injected) != 2 {
		t.Errorf("%d variants were seen, want one with the injector and one without", len(injected))
	}
	for name, starts := range all {
		for _, host := range starts {
			checkLoopback(t, name, host)
		}
	}
}

// awaitSidecar waits for a reading of the one sidecar.
func awaitSidecar(t *testing.T, subject *experiment.Subject) {
	t.Helper()
	sampleUntil(t, subject, func(s metric.Sample) bool { return s.Dependencies != nil && len(s.Dependencies.Sidecars) == 1 })
}

func checkLoopback(t *testing.T, name string, h *container.HostConfig) {
	t.Helper()
	if h.PublishAllPorts {
		t.Errorf("%s publishes all ports", name)
	}
	for port, bindings := range h.PortBindings {
		for _, b := range bindings {
			if !b.HostIP.IsLoopback() {
				t.Errorf("%s publishes %s at %q, want the loopback", name, port, b.HostIP)
			}
		}
		if port.Num() == 6379 {
			t.Errorf("%s publishes %s, which the scenario does not ask for", name, port)
		}
	}
}

// exposing is an image of a test program that exposes a port.
func exposing(t *testing.T, name string) scenario.Build {
	t.Helper()
	return imageOf(t, name, "EXPOSE 6379 6379/udp\n")
}

// imageOf is the build of an image of a test program, with more lines in its
// Dockerfile. It is removed with the test.
func imageOf(t *testing.T, name, more string) scenario.Build {
	t.Helper()
	c := dial(t, docker.Engine.Place.Here(t.Context()))
	defer c.Close()
	v, err := c.ServerVersion(t.Context(), client.ServerVersionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	bin, err := build.Program(t.Context(), root, v.Arch, programs+name)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "test-"+name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	const dockerfile = "FROM scratch\nCOPY program /program\nENTRYPOINT [\"/program\"]\n"
	for file, text := range map[string][]byte{"Dockerfile": []byte(dockerfile + more), "program": bin.Text} {
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { removeImages(t, "memproof/test-"+name) })
	return scenario.Build{Context: dir}
}

// removeImages removes the images of that name, whatever their tag.
func removeImages(t *testing.T, name string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // which has ended in a cleanup
	c := dial(t, docker.Engine.Place.Here(ctx))
	defer c.Close()
	list, err := c.ImageList(ctx, client.ImageListOptions{Filters: make(client.Filters).Add("reference", name)})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range list.Items {
		for _, tag := range item.RepoTags { // by its id the daemon would refuse one that another is built on
			if _, err := c.ImageRemove(ctx, tag, client.ImageRemoveOptions{Force: true}); err != nil {
				t.Error(err)
			}
		}
	}
}

// watchContainers inspects every container of the session when it is created. seen waits
// a moment for late events, and returns the containers' configurations, by name.
func watchContainers(t *testing.T, s *Session) (seen func() map[string][]*container.HostConfig) {
	t.Helper()
	c := dial(t, s.left.Places[docker.Engine.Place.Name])
	t.Cleanup(func() { c.Close() })
	filters := make(client.Filters).Add("label", sessionLabel+"="+s.id).Add("type", "container").Add("event", "create")
	events := c.Events(t.Context(), client.EventsListOptions{Filters: filters})
	var mu sync.Mutex
	all := map[string][]*container.HostConfig{}
	go func() {
		for e := range events.Messages {
			i, err := c.ContainerInspect(t.Context(), e.Actor.ID, client.ContainerInspectOptions{})
			if err != nil {
				continue // the test misses its name
			}
			mu.Lock()
			all[i.Container.Name] = append(all[i.Container.Name], i.Container.HostConfig)
			mu.Unlock()
		}
	}()
	return func() map[string][]*container.HostConfig {
		time.Sleep(500 * time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		return maps.Clone(all)
	}
}
