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

// creation changes what testcontainers sends to the daemon to create one container.
// Without a port, testcontainers publishes the ports that the image exposes, on all
// addresses. It puts TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX before the id of an image. It
// drops the daemon's warnings.
type creation struct {
	client.APIClient
	image    string
	ports    network.PortMap // to publish
	warnings []string        // of the daemon
}

// ImageInspect inspects the image without the prefix.
func (c *creation) ImageInspect(
	ctx context.Context, _ string, opts ...client.ImageInspectOption,
) (client.ImageInspectResult, error) {
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

// Close leaves the engine's client open.
func (c *creation) Close() error { return nil }

// create makes a container and starts it. Together with an error it returns the
// container to remove, or nil.
func (d *docker) create(
	ctx context.Context, req testcontainers.ContainerRequest, ports []int,
) (*testcontainers.DockerContainer, error) {
	provider, err := testcontainers.ProviderDefault.GetProvider(testcontainers.WithLogger(d.chatter))
	if err != nil {
		return nil, err
	}
	p, ok := provider.(*testcontainers.DockerProvider)
	if !ok {
		return nil, fmt.Errorf("testcontainers takes %T for Docker: unset TESTCONTAINERS_PROVIDER", provider)
	}
	changed := &creation{APIClient: d.client, image: req.Image, ports: d.bindings(ports)}
	p.SetClient(changed)
	made, err := p.CreateContainer(ctx, req)
	c, _ := made.(*testcontainers.DockerContainer)
	if err != nil {
		return c, fmt.Errorf("create container: %w", err)
	}
	d.warn(changed.warnings)
	if err := c.Start(ctx); err != nil {
		return c, fmt.Errorf("start container: %w", err)
	}
	return c, nil
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
