package docker

import (
	"context"

	"github.com/moby/moby/client"
)

// daemonFacts are what a daemon says of itself.
type daemonFacts struct {
	version, api, host    string
	cgroup, cgroupDriver  string
	storage, system       string
	kernel                string
	cpus                  int
	memory                uint64 // bytes
	builder               string // that the daemon recommends: "1" the legacy one, "2" BuildKit
	base                  string // image for Postgres that is here already; empty: none
	able                  []ability
	debianErr             error  // why no Postgres can be run in a container
	exposure              string // who can connect to what is published; empty: nobody but this machine
	registryErr, inspects error
}

// inspect asks the daemon what it is. Whether a registry answers is not among it.
func (d *daemon) inspect(ctx context.Context) daemonFacts {
	ctx, cancel := context.WithTimeout(ctx, 2*daemonPatience)
	defer cancel()
	f := daemonFacts{version: d.version.Version, api: d.client.ClientVersion(), host: d.client.DaemonHost()}
	info, err := d.client.Info(ctx, client.InfoOptions{})
	if err != nil {
		f.inspects = err
		return f
	}
	i := info.Info
	f.cgroup, f.cgroupDriver, f.storage, f.system, f.kernel = i.CgroupVersion, i.CgroupDriver, i.Driver, i.OperatingSystem, i.KernelVersion
	f.able, f.exposure = abilitiesOf(i), exposure(f.host)
	f.cpus, f.memory = i.NCPU, uint64(max(0, i.MemTotal))
	if p, err := d.client.Ping(ctx, client.PingOptions{}); err == nil {
		f.builder = string(p.BuilderVersion)
	}
	f.base = baseImage(ctx, d.client)
	return f
}
