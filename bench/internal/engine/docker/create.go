package docker

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// create makes a container and returns its id. Only the given ports are published,
// whatever ports the image exposes.
func (d *docker) create(ctx context.Context, o client.ContainerCreateOptions, ports []int) (id string, err error) {
	o.Config.Labels = d.labels()
	o.HostConfig.PortBindings = bindings(d.client.DaemonHost(), ports)
	o.Config.ExposedPorts = network.PortSet{}
	for port := range o.HostConfig.PortBindings {
		o.Config.ExposedPorts[port] = struct{}{}
	}
	res, err := d.client.ContainerCreate(ctx, o)
	if err != nil {
		return "", fmt.Errorf("create container: %w", err)
	}
	d.warn(res.Warnings)
	return res.ID, nil
}

// launch copies files into a new container and starts it.
func (d *docker) launch(ctx context.Context, id string, files map[string]backend.File) error {
	texts := map[string][]byte{}
	for path, f := range files {
		texts[strings.TrimPrefix(path, "/")] = f.Text
	}
	if len(files) > 0 {
		archive, err := archiveOf(texts, 0o644)
		if err != nil {
			return err
		}
		if _, err := d.client.CopyToContainer(ctx, id, client.CopyToContainerOptions{DestinationPath: "/", Content: archive}); err != nil {
			return fmt.Errorf("copy files to container: %w", err)
		}
	}
	if _, err := d.client.ContainerStart(ctx, id, client.ContainerStartOptions{}); err != nil {
		return fmt.Errorf("start container: %w", err)
	}
	return nil
}

// warn passes on the daemon's warnings about containers, each sentence once a run.
func (d *docker) warn(warnings []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, w := range warnings {
		if !d.warned[w] {
			d.warned[w] = true
			d.known["docker.warnings"] = fmt.Sprintf("%q", slices.Sorted(maps.Keys(d.warned)))
			d.opts.Say("the daemon warns: " + w)
		}
	}
}
