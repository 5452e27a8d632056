package engine

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/docker"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/memproof/memproof/bench/internal/engine/postgres"
	"github.com/moby/moby/client"
)

// remains lists what is left of a session in the places of [leftovers.Places.Remove],
// found by other code where there is any.
func remains(t *testing.T, l leftovers.Leftovers) (left []string) {
	t.Helper()
	if address := l.Places[docker.Engine.Place.Name]; address != "" {
		left = append(left, remainsOnDocker(t, address, l.Session)...)
	}
	processes, err := leftovers.FindTagged(l.Session)
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range processes {
		left = append(left, "process "+tag)
	}
	if _, err := os.Stat(l.Folder()); err == nil {
		left = append(left, l.Folder())
	}
	if dsn := l.Places[postgres.Place.Name]; dsn != "" {
		sessions, err := postgres.Sessions(context.WithoutCancel(t.Context()), dsn)
		if err != nil {
			t.Fatal(err)
		}
		for _, session := range sessions {
			left = append(left, "database of "+session)
		}
	}
	return left
}

func remainsOnDocker(t *testing.T, address, session string) (left []string) {
	t.Helper()
	c := dial(t, address)
	defer c.Close()
	ctx := context.WithoutCancel(t.Context()) // which has ended in a cleanup
	all, err := c.ContainerList(ctx, client.ContainerListOptions{All: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range all.Items {
		if item.Labels[sessionLabel] == session {
			left = append(left, "container "+item.Image)
		}
	}
	nets, err := c.NetworkList(ctx, client.NetworkListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range nets.Items {
		if item.Labels[sessionLabel] == session {
			left = append(left, "network "+item.Name)
		}
	}
	return left
}

// sessionLabel is the label of a session in docker inspect.
const sessionLabel = "io.memproof.session"

// dial is a client of the daemon.
func dial(t *testing.T, address string) *client.Client {
	t.Helper()
	c, err := client.New(client.FromEnv, client.WithHost(address))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// eventuallyNothing waits until a session has left nothing.
func eventuallyNothing(t *testing.T, l leftovers.Leftovers) {
	t.Helper()
	var left []string
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if left = remains(t, l); len(left) == 0 {
			return
		}
	}
	t.Errorf("left behind: %q", left)
}
