package engine

import (
	"context"
	"io"
	"slices"
	"strconv"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"
)

// sample starts the sampler in a container that shares the program's PID
// namespace and nothing else. It needs nothing of the machine below, so it also
// fits a daemon in a virtual machine or elsewhere. Root without the capability
// to override file permissions can open the /proc files of root alone, which is
// why our own variants run as user 0 without any capability.
func (d *docker) sample(ctx context.Context, p process, as sampling) (*feed, error) {
	errs, err := createLog(as.log)
	if err != nil {
		return nil, err
	}
	target := p.(*running)
	lines, stdout := io.Pipe()
	r, err := d.run(ctx, testcontainers.ContainerRequest{
		Name:  d.named(as.name),
		Image: d.images[samplerPackage],
		Cmd:   []string{"-root", "1", "-cgroup", "/proc/1/root/sys/fs/cgroup", "-rate", strconv.Itoa(as.rate)},
		HostConfigModifier: func(h *container.HostConfig) {
			d.confine(h, spec{program: program{Program: samplerProgram}})
			h.PidMode = container.PidMode("container:" + target.ID)
			h.NetworkMode = network.NetworkNone
			h.CapAdd = slices.Clone(samplerCapabilities)
		},
	}, nil, output{stdout, errs, []io.Closer{stdout, errs}})
	if err != nil {
		return nil, err
	}
	return newFeed(lines, as.log, func(context.Context) error { return r.remove() }), nil
}

// samplerCapabilities let it read smaps_rollup and /proc/1/root of others.
var samplerCapabilities = []string{"SYS_PTRACE"}
