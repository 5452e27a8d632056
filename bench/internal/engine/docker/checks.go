package docker

import (
	"fmt"
	"strings"

	"github.com/memproof/memproof/bench/internal/doctor"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// checks are what the facts mean for a run whose variants get those limits.
func (d daemonFacts) checks(s backend.Standing, limits scenario.Limits) []doctor.Check {
	checks := []doctor.Check{{Name: engineName, State: doctor.StateOK, Found: fmt.Sprintf("engine %s, API %s, at %s", d.version, d.api, d.host)}}
	if !s.Asked {
		return checks
	}
	return append(checks, checkDaemon(d, limits.CPUs), checkAbilities(d, limits), checkPorts(d), checkImages(d, s), checkBuilder(d))
}

// checkMissing is the line of a daemon that does not answer.
func checkMissing(err error, s backend.Standing) doctor.Check {
	c := doctor.Check{Name: engineName, State: doctor.StateFail, Found: fmt.Sprint(err), Means: "no variant can be started", Remedy: startRemedy}
	switch {
	case !s.Asked:
		return doctor.Check{Name: c.Name, State: doctor.StateOK, Found: "none", Means: "not asked for"}
	case s.Instead != nil:
		c.State = doctor.StateWarn
		c.Means = s.Instead.Means() + ", and without a figure of docker stats"
	}
	return c
}

func checkDaemon(d daemonFacts, cpus metric.CPUs) doctor.Check {
	c := doctor.Check{Name: "containers", State: doctor.StateOK}
	if d.inspects != nil {
		c.State, c.Found = doctor.StateWarn, fmt.Sprint(d.inspects)
		c.Means, c.Remedy = "the daemon does not say what it runs on", "see that docker info works"
		return c
	}
	c.Found = fmt.Sprintf("%s, kernel %s, %d processors, %s; cgroup v%s by %s, storage %s", d.system, d.kernel, d.cpus,
		metric.FormatValue(float64(d.memory), metric.UnitBytes), orUnknown(d.cgroup), orUnknown(d.cgroupDriver), orUnknown(d.storage))
	switch {
	case float64(d.cpus) < float64(cpus):
		c.State, c.Means = doctor.StateFail, fmt.Sprintf("a variant gets %s processors", cpus)
		c.Remedy = "lower limits.cpus, or give Docker more"
	case d.cgroup == "":
		c.State, c.Means = doctor.StateWarn, "the daemon names no cgroup: memory may be neither limited nor counted"
		c.Remedy = "mount cgroups where the daemon runs"
	}
	return c
}

// checkAbilities looks whether the daemon holds variants to their limits.
func checkAbilities(d daemonFacts, limits scenario.Limits) doctor.Check {
	c := doctor.Check{Name: "limits", State: doctor.StateOK, Found: "unknown"}
	var has, lacks, remedies []string
	for _, a := range d.able {
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
		c.State, c.Means = doctor.StateWarn, "not limited, and named among the facts: "+strings.Join(lacks, ", ")
		c.Remedy = strings.Join(remedies, "; ")
	}
	if err := checkLimits(d.able, limits); err != nil {
		c.State, c.Means = doctor.StateFail, fmt.Sprint(err)
	}
	return c
}

// checkPorts looks who else can connect to a run.
func checkPorts(d daemonFacts) doctor.Check {
	c := doctor.Check{Name: "ports", State: doctor.StateOK, Found: "published on the loopback of this machine"}
	if d.exposure != "" {
		c.State, c.Found = doctor.StateWarn, "published on all addresses of the daemon's machine"
		c.Means, c.Remedy = d.exposure, "keep others out with a firewall, or run memproof there"
	}
	return c
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// checkImages looks whether Postgres' image can be had.
func checkImages(d daemonFacts, s backend.Standing) doctor.Check {
	c := doctor.Check{Name: "registry", State: doctor.StateOK, Found: "answers"}
	if d.registryErr != nil {
		c.Found = "does not answer: " + strings.TrimSpace(d.registryErr.Error())
	}
	switch {
	case d.registryErr == nil:
	case d.base != "":
		c.Found, c.Means = "does not answer", d.base+" is here: Postgres needs no other; a variant with image must be here too"
	case d.debianErr == nil:
		c.State = doctor.StateWarn
		c.Means = "the image for Postgres is made without one, by debootstrap, the first time, which takes minutes"
		c.Remedy = "none is needed; Docker with access to a registry is faster"
	case s.Instead != nil:
		c.State = doctor.StateWarn
		c.Means, c.Remedy = "Postgres has no image: "+s.Instead.Means(), debianRemedy
	default:
		c.State, c.Means, c.Remedy = doctor.StateFail, "Postgres has no image, and no container can run it", debianRemedy
	}
	return c
}

func checkBuilder(d daemonFacts) doctor.Check {
	found := "the daemon recommends none"
	if name := map[string]string{"1": "the legacy builder", "2": "BuildKit"}[d.builder]; name != "" {
		found = "the daemon recommends " + name
	}
	return doctor.Check{
		Name: "builder", State: doctor.StateOK, Found: found,
		Means: "images of variants are one file on nothing, built by the legacy one",
	}
}
