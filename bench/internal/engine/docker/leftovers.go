package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"
)

// sessionLabel is a label of every container and network. Its value is the session's id.
const sessionLabel = "io.memproof.session"

// ofSession selects the items of a session, or of all sessions where it is empty.
func ofSession(session string) client.Filters {
	label := sessionLabel
	if session != "" {
		label += "=" + session
	}
	return make(client.Filters).Add("label", label)
}

// place is where sessions leave containers and networks: a daemon. Images stay, as a
// cache.
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

// item is a labelled container or network.
type item struct {
	id, session string
	made        time.Time
}

// resource is a type of items.
type resource struct {
	name   string
	list   func(ctx context.Context, c *client.Client, f client.Filters) ([]item, error)
	remove func(ctx context.Context, c *client.Client, id string) error
}

// resources stand in the order of their removal: a network can't be removed before its
// containers.
var resources = []resource{
	{"container", containers, func(ctx context.Context, c *client.Client, id string) error {
		_, err := c.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		return err
	}},
	{"network", networks, func(ctx context.Context, c *client.Client, id string) error {
		_, err := c.NetworkRemove(ctx, id, client.NetworkRemoveOptions{})
		return err
	}},
}

func containers(ctx context.Context, c *client.Client, f client.Filters) (all []item, err error) {
	list, err := c.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: f})
	for _, i := range list.Items {
		all = append(all, item{i.ID, i.Labels[sessionLabel], time.Unix(i.Created, 0)})
	}
	return all, err
}

func networks(ctx context.Context, c *client.Client, f client.Filters) (all []item, err error) {
	list, err := c.NetworkList(ctx, client.NetworkListOptions{Filters: f})
	for _, i := range list.Items {
		all = append(all, item{i.ID, i.Labels[sessionLabel], i.Created})
	}
	return all, err
}

func findLabelled(ctx context.Context, address string, note leftovers.Note) error {
	c, err := dial(address)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, r := range resources {
		all, err := r.list(ctx, c, ofSession(""))
		if err != nil {
			return fmt.Errorf("list %ss: %w", r.name, err)
		}
		for _, i := range all {
			note(i.session, r.name, i.made)
		}
	}
	return nil
}

func removeLabelled(ctx context.Context, address, session string) error {
	c, err := dial(address)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, r := range resources {
		if err := r.removeAll(ctx, c, ofSession(session)); err != nil {
			return fmt.Errorf("remove %ss: %w", r.name, err)
		}
	}
	return nil
}

// removeAll removes items until none is listed. Only an empty list proves success:
// another process may be removing the same items.
func (r resource) removeAll(ctx context.Context, c *client.Client, f client.Filters) error {
	var last error
	for {
		all, err := r.list(ctx, c, f)
		if err != nil || len(all) == 0 {
			return err
		}
		var g errgroup.Group
		for _, i := range all {
			g.Go(func() error { return r.remove(ctx, c, i.id) })
		}
		if err := g.Wait(); err != nil && !errdefs.IsNotFound(err) && !errdefs.IsConflict(err) {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d left: %w", len(all), errors.Join(ctx.Err(), last))
		case <-time.After(backend.PollEvery):
		}
	}
}

// Owns finds a process by the id of its container, which is in the path of its cgroup.
func (d *docker) Owns(ctx context.Context) (func(pid int) bool, error) {
	all, err := containers(ctx, d.client, ofSession(d.opts.Session))
	if err != nil {
		return nil, err
	}
	return func(pid int) bool {
		path, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
		return err == nil && slices.ContainsFunc(all, func(i item) bool { return strings.Contains(string(path), i.id) })
	}, nil
}
