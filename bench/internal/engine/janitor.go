package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/moby/moby/client"
)

// tidy removes what sessions left whose process has ended, in the places that
// here names. It tells say of each. What it can't remove is an error, and no
// reason not to run.
func tidy(ctx context.Context, here estate, say func(string)) error {
	sessions, err := leftSessions(ctx, here)
	errs := []error{err}
	for _, id := range sessions {
		if !abandoned(id) {
			continue
		}
		e := here
		e.Session = id
		say(fmt.Sprintf("removing what an interrupted run left behind (session %s)", id))
		errs = append(errs, e.sweep(ctx))
	}
	return errors.Join(errs...)
}

// leftSessions finds the ids of all sessions that have something in the places
// that here names.
func leftSessions(ctx context.Context, here estate) (ids []string, err error) {
	folders, err := os.ReadDir(os.TempDir()) // a pattern would give [ and * in its path a meaning
	for _, f := range folders {
		if id, ok := strings.CutPrefix(f.Name(), folderPrefix); ok {
			ids = append(ids, id)
		}
	}
	if here.Docker != "" {
		more, e := labelledSessions(ctx, here.Docker)
		ids, err = append(ids, more...), errors.Join(err, e)
	}
	if here.DSN != "" {
		more, e := databaseSessions(ctx, here.DSN)
		ids, err = append(ids, more...), errors.Join(err, e)
	}
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// labelledSessions reads the labels of containers and networks.
func labelledSessions(ctx context.Context, host string) (ids []string, err error) {
	c, err := dial(host)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	filters := make(client.Filters).Add("label", sessionLabel)
	containers, err := c.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	if err != nil {
		return nil, fmt.Errorf("list containers: %w", err)
	}
	for _, item := range containers.Items {
		ids = append(ids, item.Labels[sessionLabel])
	}
	networks, err := c.NetworkList(ctx, client.NetworkListOptions{Filters: filters})
	if err != nil {
		return nil, fmt.Errorf("list networks: %w", err)
	}
	for _, item := range networks.Items {
		ids = append(ids, item.Labels[sessionLabel])
	}
	return ids, nil
}
