package docker

import (
	"context"
	"fmt"
	"strings"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/moby/moby/api/types/system"
	"github.com/moby/moby/client"
)

// ability is one thing that a daemon can limit, or can't. A daemon drops a limit that
// it can't set, with only a warning.
type ability struct {
	name   string
	has    bool
	asked  func(scenario.Limits) bool
	refuse bool // a scenario that asks for it can't run without it
	remedy string
}

// abilitiesOf returns the abilities of a daemon. A run without a limit that its scenario
// asks for is refused, with two exceptions. A machine without a limit of swap may have
// no swap, and swapping makes a trial invalid by a check of its own. The limit of tasks
// only protects the machine.
func abilitiesOf(i system.Info) []ability {
	const delegate = "; of a rootless daemon let systemd delegate it (Delegate=cpu cpuset io memory pids)"
	return []ability{
		{"cpu", i.CPUCfsQuota, func(scenario.Limits) bool { return true }, true,
			"use a kernel with CONFIG_CFS_BANDWIDTH" + delegate + ", or the host engine"},
		{"cpuset", i.CPUSet, func(l scenario.Limits) bool { return l.CPUSet != "" }, true,
			"enable the cpuset controller" + delegate + ", or drop limits.cpuset"},
		{"memory", i.MemoryLimit, func(l scenario.Limits) bool { return l.Memory > 0 }, true,
			"enable the memory controller (on a Raspberry Pi cgroup_enable=memory in cmdline.txt)" + delegate + ", or drop limits.memory"},
		{"swap", i.SwapLimit, func(l scenario.Limits) bool { return l.Memory > 0 }, false,
			"boot with swapaccount=1, or turn swap off"},
		{"tasks", i.PidsLimit, func(scenario.Limits) bool { return true }, false,
			"enable the pids controller"},
	}
}

// checkLimits refuses a scenario whose limits the daemon can't set.
func checkLimits(all []ability, asked scenario.Limits) error {
	for _, a := range all {
		if !a.has && a.refuse && a.asked(asked) {
			return fmt.Errorf("limits: the daemon can't limit %s, so variants would run without that limit: %s", a.name, a.remedy)
		}
	}
	return nil
}

// limitFacts are the fact "limits" and one for each limit. Runs are compared by the
// word "enforced", which stands alone only where every limit asked for is.
func limitFacts(all []ability, asked scenario.Limits) map[string]string {
	facts := map[string]string{}
	var dropped []string
	for _, a := range all {
		switch {
		case !a.asked(asked):
			facts["limits."+a.name] = "not asked for"
		case a.has:
			facts["limits."+a.name] = "enforced"
		default:
			facts["limits."+a.name] = "not enforced: the daemon can't"
			dropped = append(dropped, a.name)
		}
	}
	facts["limits"] = "enforced; " + confinement
	if len(dropped) > 0 {
		facts["limits"] = "enforced but for " + strings.Join(dropped, " and ") + "; " + confinement
	}
	return facts
}

// verifyLimits compares the limits asked for with those of the container and with the
// memory limit of its cgroup.
func (r *running) verifyLimits(ctx context.Context, asked *scenario.Limits) error {
	if asked == nil {
		return nil
	}
	i, err := r.client.ContainerInspect(ctx, r.ID, client.ContainerInspectOptions{})
	if err != nil {
		return err
	}
	h := i.Container.HostConfig
	got := backend.Held{CPUs: float64(h.NanoCPUs) / 1e9, CPUSet: h.CpusetCpus, Memory: h.Memory}
	if asked.Memory > 0 {
		stats, err := r.stats(ctx)
		if err != nil {
			return err
		}
		if inCgroup := stats.MemoryStats.Limit; inCgroup > 0 { // a container that has ended has no cgroup
			got.Memory = int64(inCgroup)
		}
	}
	return got.Check(*asked)
}
