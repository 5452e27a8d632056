package docker

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// creation stands between testcontainers and the daemon while one container is
// made, and has the last word. Where no port is asked for, testcontainers
// publishes what the image exposes, on all addresses; it puts the prefix of
// TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX before the id of an image; and it drops
// the daemon's warnings.
type creation struct {
	client.APIClient
	image    string
	ports    network.PortMap // all that is published
	warnings []string        // of the daemon
}

// ImageInspect looks at the image that was asked for, whatever the name became.
func (c *creation) ImageInspect(ctx context.Context, _ string, opts ...client.ImageInspectOption) (client.ImageInspectResult, error) {
	return c.APIClient.ImageInspect(ctx, c.image, opts...)
}

func (c *creation) ContainerCreate(ctx context.Context, o client.ContainerCreateOptions) (client.ContainerCreateResult, error) {
	o.Config.Image = c.image
	o.Config.ExposedPorts = network.PortSet{}
	for port := range c.ports {
		o.Config.ExposedPorts[port] = struct{}{}
	}
	o.HostConfig.PortBindings, o.HostConfig.PublishAllPorts = c.ports, false
	res, err := c.APIClient.ContainerCreate(ctx, o)
	c.warnings = res.Warnings
	return res, err
}

// Close leaves the client open: it is the engine's.
func (c *creation) Close() error { return nil }

// create makes a container and starts it. Where it fails, what is returned beside
// the error is what is left, perhaps nil.
func (d *docker) create(ctx context.Context, req testcontainers.ContainerRequest, ports []int) (*testcontainers.DockerContainer, error) {
	provider, err := testcontainers.ProviderDefault.GetProvider(testcontainers.WithLogger(d.chatter))
	if err != nil {
		return nil, err
	}
	p, ok := provider.(*testcontainers.DockerProvider)
	if !ok {
		return nil, fmt.Errorf("testcontainers takes %T for Docker: unset TESTCONTAINERS_PROVIDER", provider)
	}
	asked := &creation{APIClient: d.client, image: req.Image, ports: d.bindings(ports)}
	p.SetClient(asked)
	made, err := p.CreateContainer(ctx, req)
	c, _ := made.(*testcontainers.DockerContainer)
	if err != nil {
		return c, fmt.Errorf("create container: %w", err)
	}
	d.warn(asked.warnings)
	if err := c.Start(ctx); err != nil {
		return c, fmt.Errorf("start container: %w", err)
	}
	return c, nil
}

// warn passes on what the daemon says of containers, each sentence once a run.
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
