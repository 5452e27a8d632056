package docker

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/memproof/memproof/bench/internal/doctor"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/moby/moby/api/types/system"
	"github.com/moby/moby/client"
)

// daemonFacts are what the doctor shows of a daemon.
type daemonFacts struct {
	version, api, host string
	info               system.Info
	infoErr            error
	builder            string // that the daemon recommends: "1" the legacy one, "2" BuildKit; empty: none
	base               string // image for Postgres that the daemon has; empty: none
	debianErr          error  // why Postgres can't run in a container
	registryErr        error
}

// inspect fills in all but debianErr and registryErr.
func (d *daemon) inspect(ctx context.Context) daemonFacts {
	ctx, cancel := context.WithTimeout(ctx, 2*daemonPatience)
	defer cancel()
	f := daemonFacts{version: d.version.Version, api: d.client.ClientVersion(), host: d.client.DaemonHost()}
	res, err := d.client.Info(ctx, client.InfoOptions{})
	f.info, f.infoErr, f.base = res.Info, err, baseImage(ctx, d.client)
	if p, err := d.client.Ping(ctx, client.PingOptions{}); err == nil {
		f.builder = string(p.BuilderVersion)
	}
	return f
}

// checks are the doctor's lines for a run whose variants get those limits.
func (d daemonFacts) checks(s backend.Standing, limits scenario.Limits) []doctor.Check {
	found := fmt.Sprintf("engine %s, API %s, at %s", d.version, d.api, d.host)
	checks := []doctor.Check{{Name: engineName, State: doctor.StateOK, Found: found}}
	if !s.Asked {
		return checks
	}
	return append(checks, checkDaemon(d, limits.CPUs), checkAbilities(d, limits), checkPorts(d), checkImages(d, s), checkBuilder(d))
}

// checkMissing is the line of a daemon that does not answer.
func checkMissing(err error, s backend.Standing) doctor.Check {
	if !s.Asked {
		return doctor.Check{Name: engineName, State: doctor.StateOK, Found: "none", Means: "not asked for"}
	}
	c := doctor.Check{Name: engineName, State: doctor.StateFail, Found: fmt.Sprint(err), Remedy: startRemedy}
	c.Means = "no variant can be started"
	if s.Instead != nil {
		c.State, c.Means = doctor.StateWarn, s.Instead.Means()+", and without a figure of docker stats"
	}
	return c
}

func checkDaemon(d daemonFacts, cpus metric.CPUs) doctor.Check {
	c := doctor.Check{Name: "containers", State: doctor.StateOK}
	if d.infoErr != nil {
		c.State, c.Found = doctor.StateWarn, fmt.Sprint(d.infoErr)
		c.Means, c.Remedy = "the daemon does not report what it runs on", "check that docker info works"
		return c
	}
	i := d.info
	c.Found = fmt.Sprintf("%s, kernel %s, %d processors, %s; cgroup v%s by %s, storage %s",
		i.OperatingSystem, i.KernelVersion, i.NCPU, metric.FormatValue(float64(max(0, i.MemTotal)), metric.UnitBytes),
		cmp.Or(i.CgroupVersion, "unknown"), cmp.Or(i.CgroupDriver, "unknown"), cmp.Or(i.Driver, "unknown"))
	switch {
	case float64(i.NCPU) < float64(cpus):
		c.State, c.Means = doctor.StateFail, fmt.Sprintf("a variant gets %s processors", cpus)
		c.Remedy = "lower limits.cpus, or give Docker more"
	case i.CgroupVersion == "":
		c.State, c.Means = doctor.StateWarn, "the daemon reports no cgroup: memory may be neither limited nor counted"
		c.Remedy = "mount cgroups where the daemon runs"
	}
	return c
}

// checkAbilities checks which limits the daemon can set.
func checkAbilities(d daemonFacts, limits scenario.Limits) doctor.Check {
	c := doctor.Check{Name: "limits", State: doctor.StateOK, Found: "unknown"}
	if d.infoErr != nil {
		return c
	}
	able := abilitiesOf(d.info)
	var has, lacks, remedies []string
	for _, a := range able {
		if a.has {
			has = append(has, a.name)
		} else if a.asked(limits) {
			lacks, remedies = append(lacks, a.name), append(remedies, a.name+": "+a.remedy)
		}
	}
	if len(has) > 0 {
		c.Found = "the daemon limits " + strings.Join(has, ", ")
	}
	if len(lacks) > 0 {
		c.State, c.Means = doctor.StateWarn, "not limited, and listed among the facts: "+strings.Join(lacks, ", ")
		c.Remedy = strings.Join(remedies, "; ")
	}
	if err := checkLimits(able, limits); err != nil {
		c.State, c.Means = doctor.StateFail, fmt.Sprint(err)
	}
	return c
}

// checkPorts checks who can connect to the published ports of a run.
func checkPorts(d daemonFacts) doctor.Check {
	c := doctor.Check{Name: "ports", State: doctor.StateOK, Found: "published on the loopback of this machine"}
	if open := exposure(d.host); open != "" {
		c.State, c.Found = doctor.StateWarn, "published on all addresses of the daemon's machine"
		c.Means, c.Remedy = open, "block the ports with a firewall, or run memproof there"
	}
	return c
}

// checkImages checks whether the daemon can get an image for Postgres.
func checkImages(d daemonFacts, s backend.Standing) doctor.Check {
	c := doctor.Check{Name: "registry", State: doctor.StateOK, Found: "answers"}
	if d.registryErr != nil {
		c.Found = "does not answer: " + strings.TrimSpace(d.registryErr.Error())
	}
	switch {
	case d.registryErr == nil:
	case d.base != "":
		c.Found = "does not answer"
		c.Means = "Postgres takes " + d.base + ", which the daemon has; it must also have the images of variants"
	case d.debianErr == nil:
		c.State = doctor.StateWarn
		c.Means = "debootstrap makes the image for Postgres, once, which takes minutes"
		c.Remedy = "none is needed; with access to a registry it is faster"
	case s.Instead != nil:
		c.State = doctor.StateWarn
		c.Means, c.Remedy = "Postgres has no image: "+s.Instead.Means(), debianRemedy
	default:
		c.State, c.Means, c.Remedy = doctor.StateFail, "Postgres has no image, and no container can run it", debianRemedy
	}
	return c
}

func checkBuilder(d daemonFacts) doctor.Check {
	names := map[string]string{"1": "the legacy builder", "2": "BuildKit"}
	return doctor.Check{
		Name: "builder", State: doctor.StateOK, Found: "the daemon recommends " + cmp.Or(names[d.builder], "none"),
		Means: "the legacy builder makes the images of variants: one file in an empty image",
	}
}
