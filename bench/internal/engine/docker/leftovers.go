package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"
)

// sessionLabel is on every container and network; its value is the session.
const sessionLabel = "io.memproof.session"

// ofSession selects what is labelled with a session; empty: with any.
func ofSession(session string) client.Filters {
	label := sessionLabel
	if session != "" {
		label += "=" + session
	}
	return make(client.Filters).Add("label", label)
}

// place is a daemon, where sessions leave containers and networks. Images are kept:
// they are the cache.
var place = leftovers.Place{Name: engineName, Here: addressHere, Find: findLabelled, Remove: removeLabelled}

// addressHere is the address of the daemon that a run would use.
func addressHere(ctx context.Context) string {
	d, err := findDaemon(ctx)
	if err != nil {
		return ""
	}
	defer d.client.Close()
	return d.client.DaemonHost()
}

// findLabelled reads the labels of containers and networks.
func findLabelled(ctx context.Context, address string, note leftovers.Note) error {
	c, err := dial(address)
	if err != nil {
		return err
	}
	defer c.Close()
	containers, err := c.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: ofSession("")})
	if err != nil {
		return fmt.Errorf("list containers: %w", err)
	}
	for _, item := range containers.Items {
		note(item.Labels[sessionLabel], "container", time.Unix(item.Created, 0))
	}
	networks, err := c.NetworkList(ctx, client.NetworkListOptions{Filters: ofSession("")})
	if err != nil {
		return fmt.Errorf("list networks: %w", err)
	}
	for _, item := range networks.Items {
		note(item.Labels[sessionLabel], "network", item.Created)
	}
	return nil
}

// removeLabelled removes the session's containers, then its networks, which can't
// go before.
func removeLabelled(ctx context.Context, address, session string) error {
	c, err := dial(address)
	if err != nil {
		return err
	}
	defer c.Close()
	filters := ofSession(session)
	err = untilNone(ctx, func() ([]string, error) { return containers(ctx, c, filters) }, func(id string) error {
		_, err := c.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		return err
	})
	if err != nil {
		return fmt.Errorf("containers: %w", err)
	}
	err = untilNone(ctx, func() ([]string, error) { return networks(ctx, c, filters) }, func(id string) error {
		_, err := c.NetworkRemove(ctx, id, client.NetworkRemoveOptions{})
		return err
	})
	if err != nil {
		return fmt.Errorf("networks: %w", err)
	}
	return nil
}

func containers(ctx context.Context, c *client.Client, filters client.Filters) (ids []string, err error) {
	list, err := c.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	for _, item := range list.Items {
		ids = append(ids, item.ID)
	}
	return ids, err
}

func networks(ctx context.Context, c *client.Client, filters client.Filters) (ids []string, err error) {
	list, err := c.NetworkList(ctx, client.NetworkListOptions{Filters: filters})
	for _, item := range list.Items {
		ids = append(ids, item.ID)
	}
	return ids, err
}

// untilNone removes what list names until it names nothing. That, and no
// answer of remove, is the proof: another process may be removing the same.
func untilNone(ctx context.Context, list func() ([]string, error), remove func(id string) error) error {
	var last error
	for {
		ids, err := list()
		if err != nil || len(ids) == 0 {
			return err
		}
		var g errgroup.Group
		for _, id := range ids {
			g.Go(func() error { return remove(id) })
		}
		if err := g.Wait(); err != nil && !errdefs.IsNotFound(err) && !errdefs.IsConflict(err) {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d left: %w", len(ids), errors.Join(ctx.Err(), last))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Owns finds a process by the id of its container.
func (d *docker) Owns(ctx context.Context) (func(pid int) bool, error) {
	ids, err := containers(ctx, d.client, ofSession(d.opts.Session))
	if err != nil {
		return nil, err
	}
	return func(pid int) bool { return inContainer(pid, ids) }, nil
}

// inContainer says whether the process is in one of the containers: the path of
// its cgroup holds the container's id.
func inContainer(pid int, ids []string) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		return false // it has ended
	}
	for _, id := range ids {
		if strings.Contains(string(text), id) {
			return true
		}
	}
	return false
}
