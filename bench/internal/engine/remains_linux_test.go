package engine

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/moby/moby/client"
)

// remains lists what is left of a session, looking where sweep looks but by
// other means where there are any.
func remains(t *testing.T, e estate) (left []string) {
	t.Helper()
	if e.Docker != "" {
		left = append(left, remainsOnDocker(t, e)...)
	}
	processes, err := marked(e.Session)
	if err != nil {
		t.Fatal(err)
	}
	for _, mark := range processes {
		left = append(left, "process "+mark)
	}
	if _, err := os.Stat(e.folder()); err == nil {
		left = append(left, e.folder())
	}
	if e.DSN != "" {
		err := eachDatabase(context.WithoutCancel(t.Context()), e.DSN, func(_ *pgx.Conn, name string) error {
			left = append(left, "database "+name)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return left
}

func remainsOnDocker(t *testing.T, e estate) (left []string) {
	c, err := dial(e.Docker)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := context.WithoutCancel(t.Context()) // which has ended in a cleanup
	all, err := c.ContainerList(ctx, client.ContainerListOptions{All: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range all.Items {
		if item.Labels[sessionLabel] == e.Session {
			left = append(left, "container "+item.Image)
		}
	}
	nets, err := c.NetworkList(ctx, client.NetworkListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range nets.Items {
		if item.Labels[sessionLabel] == e.Session {
			left = append(left, "network "+item.Name)
		}
	}
	return left
}

// eventuallyNothing waits until a session has left nothing.
func eventuallyNothing(t *testing.T, e estate) {
	t.Helper()
	var left []string
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if left = remains(t, e); len(left) == 0 {
			return
		}
	}
	t.Errorf("left behind: %q", left)
}
