package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"
)

// sweepPatience is how long containers and processes may take to go.
const sweepPatience = 30 * time.Second

// sessionLabel is on every container and network; its value is the session.
const sessionLabel = "io.memproof.session"

// folderPrefix begins the name of a session's folder below os.TempDir.
const folderPrefix = "memproof-"

// estate is where a session may have left something.
type estate struct {
	Session string `json:"session"`
	Docker  string `json:"docker,omitempty"` // address of the daemon; empty: it used none
	DSN     string `json:"dsn,omitempty"`    // a Postgres that is not its own; empty: it used none
}

// folder holds a session's files: copies of the programs, Postgres' data.
func (e estate) folder() string { return filepath.Join(os.TempDir(), folderPrefix+e.Session) }

// sweep removes everything that belongs to the session, whoever made it and
// however it ended. It is safe to call again, and by two processes at once.
func (e estate) sweep(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sweepPatience)
	defer cancel()
	var errs []error
	if e.Docker != "" {
		errs = append(errs, e.sweepDocker(ctx))
	}
	errs = append(errs, sweepProcesses(ctx, e.Session+"/"))
	if e.DSN != "" {
		errs = append(errs, dropDatabases(ctx, e.DSN, e.Session))
	}
	errs = append(errs, os.RemoveAll(e.folder()))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("clean up after session %s: %w", e.Session, err)
	}
	return nil
}

// sweepDocker removes the session's containers, then its networks, which can't
// go before.
func (e estate) sweepDocker(ctx context.Context) error {
	c, err := dial(e.Docker)
	if err != nil {
		return err
	}
	defer c.Close()
	filters := make(client.Filters).Add("label", sessionLabel+"="+e.Session)
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
// answer of remove, is the proof: another sweep may be removing the same.
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
