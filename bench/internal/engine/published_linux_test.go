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
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// needDocker ends a test on a machine without Docker, aloud, see missing.
func needDocker(t *testing.T) bool {
	t.Helper()
	long(t)
	if _, _, err := Choose(t.Context(), Docker, nil); err != nil {
		missing(t, Docker, err)
		return false
	}
	return true
}

// Whatever an image exposes, no container of a run is published beyond the loopback.
func TestPublishedOnLoopbackOnly(t *testing.T) {
	if !needDocker(t) {
		return
	}
	sc := scenarioOf("deaf")
	sc.Controls = &scenario.Controls{Baseline: "deaf"}
	sc.Variants[0].Build = exposing(t, "service")
	sc.Upstream.Build = exposing(t, "upstream")
	sc.Beside = []scenario.Companion{{Name: "silent", Build: sc.Upstream.Build, Args: []string{"-addr", ":8443", "-admin", ":8081"}}}
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
	d := s.backend.(*docker)
	t.Cleanup(func() { removeImages(t, d) })
	if d.images[samplerPackage], err = d.contextID(t.Context(), exposing(t, samplerPackage)); err != nil {
		t.Fatal(err)
	}
	p := plan(s, "deaf", t.TempDir())
	for i, spike := range []*scenario.Spike{nil, {Memory: 1 << 20}} {
		p.Position, p.Spike = i+1, spike
		subject := startPlan(t, s, p)
		lookBeside1(t, subject)
		if _, err := subject.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	all := seen()
	if db := all["/"+d.named(postgresName)]; len(db) > 0 && db[0].ShmSize != postgresShm {
		t.Errorf("Postgres has %d bytes of shared memory, want %d", db[0].ShmSize, postgresShm)
	}
	for _, kind := range []string{"variant-deaf", "silent", "upstream", "postgres", "seed", "sampler", "sampler-silent", "sampler-postgres"} {
		if _, ok := all["/"+d.named(kind)]; !ok {
			t.Errorf("no container of %s was seen among %q", kind, slices.Sorted(maps.Keys(all)))
		}
	}
	if spiked := all["/"+d.named("variant-deaf")]; len(spiked) != 2 {
		t.Errorf("%d variants were seen, want one with the injector and one without", len(spiked))
	}
	for name, starts := range all {
		for _, host := range starts {
			checkLoopback(t, name, host)
		}
	}
}

// lookBeside1 waits for a reading of the one companion.
func lookBeside1(t *testing.T, subject *experiment.Subject) {
	t.Helper()
	lookFor(t, subject, func(s metric.Sample) bool { return s.Around != nil && len(s.Around.Beside) == 1 })
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
			t.Errorf("%s publishes %s, which nobody asked for", name, port)
		}
	}
}

// exposing is an image of a test program, or of a package, that exposes a port.
func exposing(t *testing.T, name string) scenario.Build {
	t.Helper()
	pkg := name
	if !strings.Contains(name, "/") {
		pkg = programs + name
	}
	d, err := findDaemon(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer d.client.Close()
	bin, err := build(t.Context(), root, d.version.Arch, pkg)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), imageName(name))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string][]byte{"Dockerfile": []byte(programDockerfile + "EXPOSE 6379 6379/udp\n"), "program": bin.text} {
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return scenario.Build{Context: dir}
}

// removeImages removes what was built from folders of a test.
func removeImages(t *testing.T, d *docker) {
	t.Helper()
	c, err := dial(d.client.DaemonHost())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, name := range d.contexts {
		if _, err := c.ImageRemove(context.WithoutCancel(t.Context()), name, client.ImageRemoveOptions{Force: true}); err != nil {
			t.Error(err)
		}
	}
}

// contextID builds an image and returns its id.
func (d *docker) contextID(ctx context.Context, b scenario.Build) (string, error) {
	name, err := d.contextImage(ctx, b)
	if err != nil {
		return "", err
	}
	return d.imageID(ctx, name)
}

// watchContainers looks at every container of the session as it is started. seen
// waits a moment for news that is late, and returns what they asked for, by name.
func watchContainers(t *testing.T, s *Session) (seen func() map[string][]*container.HostConfig) {
	t.Helper()
	c, err := dial(s.daemon.client.DaemonHost())
	if err != nil {
		t.Fatal(err)
	}
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
