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

// ability is one thing that a daemon can limit, or can't. Of a limit that it
// can't set a daemon says no more than a warning, and drops it.
type ability struct {
	name   string
	has    bool
	asked  func(scenario.Limits) bool
	refuse bool   // no run without it, where the scenario asks for it
	remedy string // for a person
}

// abilitiesOf are those of a daemon. A limit that a scenario asks for is part of
// the question, so a run without it is refused. Two do not refuse: without a
// limit of swap the machine may have none, and one that swaps makes its trials
// invalid by a check of their own; and nobody asks for the limit of tasks, which
// only guards the machine.
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
			return fmt.Errorf("limits: the daemon can't limit %s, and would run the variants without: %s", a.name, a.remedy)
		}
	}
	return nil
}

// limitFacts are the fact "limits" and one for each limit. "enforced" is what a
// run can be compared by, so it is there only where all that was asked for is.
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

// verifyLimits compares what was asked for with what the daemon kept of it and with
// what it reads in the container's cgroup.
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
		if got.Memory, err = r.cgroupMemory(ctx, got.Memory); err != nil {
			return err
		}
	}
	return got.Check(*asked)
}

// cgroupMemory is the limit that the daemon reads in the cgroup of the container.
// What has ended has none, and keeps what the daemon was told.
func (r *running) cgroupMemory(ctx context.Context, told int64) (int64, error) {
	stats, err := r.stats(ctx)
	if err != nil {
		return 0, err
	}
	if stats.MemoryStats.Limit == 0 {
		return told, nil
	}
	return int64(stats.MemoryStats.Limit), nil
}
