package docker

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
)

// fakeDaemon answers as a daemon would, by handle.
func fakeDaemon(t *testing.T, handle http.HandlerFunc) *client.Client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	c, err := client.New(client.WithHost("tcp://"+server.Listener.Addr().String()), client.WithAPIVersion("1.44"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func fakeRunning(c *client.Client) *running {
	return &running{
		DockerContainer: &testcontainers.DockerContainer{ID: "abc"}, client: c, ports: map[int]string{},
		ended: make(chan struct{}), logged: make(chan struct{}),
	}
}

// A daemon may list the published ports a little after the start.
func TestReadPortsWaits(t *testing.T) {
	asked := 0
	c := fakeDaemon(t, func(w http.ResponseWriter, r *http.Request) {
		ports := map[string]any{}
		if asked++; asked >= 3 {
			ports["8000/tcp"] = []map[string]string{{"HostIp": "127.0.0.1", "HostPort": "32768"}}
		}
		reply(t, w, map[string]any{"NetworkSettings": map[string]any{"Ports": ports}})
	})
	r := fakeRunning(c)
	if err := r.readPorts(t.Context(), []int{8000}); err != nil || r.Endpoint(8000) != "127.0.0.1:32768" {
		t.Errorf("it is at %q, %v, asked %d times", r.Endpoint(8000), err, asked)
	}
}

// A container that has ended has no ports. That is not an error.
func TestReadPortsOfAnEndedContainer(t *testing.T) {
	c := fakeDaemon(t, func(w http.ResponseWriter, r *http.Request) {
		reply(t, w, map[string]any{"NetworkSettings": map[string]any{"Ports": map[string]any{}}})
	})
	r := fakeRunning(c)
	close(r.ended)
	if err := r.readPorts(t.Context(), []int{8000}); err != nil {
		t.Error(err)
	}
}

// The daemon takes whole seconds. A grace of less than a second does not become 0.
func TestStopGivesTheGrace(t *testing.T) {
	for grace, want := range map[time.Duration]string{900 * time.Millisecond: "1", 0: "0", 45 * time.Second: "45"} {
		got := ""
		c := fakeDaemon(t, func(w http.ResponseWriter, req *http.Request) {
			if strings.HasSuffix(req.URL.Path, "/stop") {
				got = req.URL.Query().Get("t")
				http.Error(w, "", http.StatusNoContent)
				return
			}
			reply(t, w, map[string]any{})
		})
		r := fakeRunning(c)
		close(r.ended)
		close(r.logged)
		if _, err := r.Stop(t.Context(), grace); err != nil || got != want {
			t.Errorf("%v: the daemon was given %q seconds, want %q, %v", grace, got, want, err)
		}
	}
}

// If a container has ended when the daemon is back, the daemon ended it. If it still
// runs, the daemon did not.
func TestWaitReportsTheDaemonsRestart(t *testing.T) {
	for _, tt := range []struct {
		name    string
		drops   int    // how many waits the daemon cuts off
		running []bool // what inspections of the container find, the last for ever
		want    bool
	}{
		{"ended by itself", 0, []bool{false}, false},
		{"ended by the daemon", 1, []bool{false}, true},
		{"cut off twice", 2, []bool{false}, true},
		{"lived on, then ended", 1, []bool{true, false}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			waits, inspections := 0, 0
			c := fakeDaemon(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/wait") {
					if waits++; waits <= tt.drops {
						panic(http.ErrAbortHandler) // the connection is closed
					}
					reply(t, w, map[string]any{"StatusCode": 137})
					return
				}
				if tt.drops == 2 && waits < 2 {
					panic(http.ErrAbortHandler) // it is not back yet
				}
				running := tt.running[min(inspections, len(tt.running)-1)]
				inspections++
				reply(t, w, map[string]any{"State": map[string]any{"Running": running, "ExitCode": 137}})
			})
			r := fakeRunning(c)
			d := &docker{daemon: &daemon{client: c}, life: t.Context(), chatter: log.NewNoopLogger()}
			d.wait(r)
			if want := (backend.Outcome{Code: -1, Signal: 9, DaemonAway: tt.want}); r.outcome != want {
				t.Errorf("it ended %+v, want %+v", r.outcome, want)
			}
		})
	}
}

func reply(t *testing.T, w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		t.Error(err)
	}
}

// Whatever an image exposes, only the given ports are published.
func TestCreationPublishesOnlyWhatIsAsked(t *testing.T) {
	var got struct {
		Image        string
		ExposedPorts map[string]any
		HostConfig   struct {
			PublishAllPorts bool
			PortBindings    map[string]any
		}
	}
	c := fakeDaemon(t, func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusCreated)
		reply(t, w, map[string]any{"Id": "abc", "Warnings": []string{"no swap"}})
	})
	made := &creation{APIClient: c, image: "sha256:1", ports: network.PortMap{network.MustParsePort("8000/tcp"): {{HostIP: loopbackAddr}}}}
	_, err := made.ContainerCreate(t.Context(), client.ContainerCreateOptions{
		Config:     &container.Config{Image: "mirror/x", ExposedPorts: network.PortSet{network.MustParsePort("6379/tcp"): {}}},
		HostConfig: &container.HostConfig{PublishAllPorts: true},
	})
	if err != nil || got.Image != "sha256:1" || got.HostConfig.PublishAllPorts || len(made.warnings) != 1 {
		t.Errorf("the daemon was asked for %+v, %v; it warns %q", got, err, made.warnings)
	}
	for name, ports := range map[string]map[string]any{"exposed": got.ExposedPorts, "published": got.HostConfig.PortBindings} {
		if _, ok := ports["8000/tcp"]; !ok || len(ports) != 1 {
			t.Errorf("%s are %v, want 8000/tcp alone", name, ports)
		}
	}
}

func TestStatusOutcome(t *testing.T) {
	for status, want := range map[int]backend.Outcome{0: {}, 3: {Code: 3}, 128: {Code: 128}, 137: {Code: -1, Signal: 9}, 143: {Code: -1, Signal: 15}, 255: {Code: 255}} {
		if got := statusOutcome(status); got != want {
			t.Errorf("%d: %+v, want %+v", status, got, want)
		}
	}
}
