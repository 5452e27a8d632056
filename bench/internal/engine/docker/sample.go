package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/logfile"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// Sample starts the sampler in a container that shares only the PID namespace of the
// program. It needs nothing of the daemon's machine, which may be a virtual or a remote
// one. Root without the capability to override file permissions can only open the /proc
// files of root, so built variants run as user 0 without any capability.
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
			h.CapAdd = []string{"SYS_PTRACE"} // to read smaps_rollup and /proc/1/root of other users
		},
	}, nil, output{stdout, errs})
	if err != nil {
		return nil, err
	}
	return backend.NewFeed(lines, as.Log, func(context.Context) error { return r.remove() }), nil
}

// stats asks the daemon for one reading. For two it would wait a second.
func (r *running) stats(ctx context.Context) (stats container.StatsResponse, err error) {
	res, err := r.client.ContainerStats(ctx, r.ID, client.ContainerStatsOptions{})
	if err != nil {
		return stats, err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&stats); err != nil {
		return stats, fmt.Errorf("stats of container %s: %w", r.ID, err)
	}
	return stats, nil
}

// CPU is the CPU time that the container has used.
func (r *running) CPU(ctx context.Context) (seconds float64, err error) {
	stats, err := r.stats(ctx)
	if err != nil {
		return 0, err
	}
	if stats.CPUStats.CPUUsage.TotalUsage == 0 { // a running container has used some
		return 0, errors.New("the daemon gives no CPU time")
	}
	return float64(stats.CPUStats.CPUUsage.TotalUsage) / 1e9, nil
}
