package docker

import (
	"context"
	"io"
	"slices"
	"strconv"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/logfile"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"
)

// Sample starts the sampler in a container that shares the program's PID
// namespace and nothing else. It needs nothing of the machine below, so it also
// fits a daemon in a virtual machine or elsewhere. Root without the capability
// to override file permissions can open the /proc files of root alone, which is
// why our own variants run as user 0 without any capability.
func (d *docker) Sample(ctx context.Context, p backend.Process, as backend.Sampling) (*backend.Feed, error) {
	errs, err := logfile.Create(as.Log)
	if err != nil {
		return nil, err
	}
	target := p.(*running)
	lines, stdout := io.Pipe()
	r, err := d.run(ctx, testcontainers.ContainerRequest{
		Name:  d.named(as.Name),
		Image: d.images[backend.SamplerPackage],
		Cmd:   []string{"-root", "1", "-cgroup", "/proc/1/root/sys/fs/cgroup", "-rate", strconv.Itoa(as.Rate)},
		HostConfigModifier: func(h *container.HostConfig) {
			d.confine(h, backend.Spec{Program: backend.Sampler()})
			h.PidMode = container.PidMode("container:" + target.ID)
			h.NetworkMode = network.NetworkNone
			h.CapAdd = slices.Clone(samplerCapabilities)
		},
	}, nil, output{stdout, errs, []io.Closer{stdout, errs}})
	if err != nil {
		return nil, err
	}
	return backend.NewFeed(lines, as.Log, func(context.Context) error { return r.remove() }), nil
}

// samplerCapabilities let it read smaps_rollup and /proc/1/root of others.
var samplerCapabilities = []string{"SYS_PTRACE"}
