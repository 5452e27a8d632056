package docker

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/system"
)

func TestLimitsOfDaemons(t *testing.T) {
	all := system.Info{MemoryLimit: true, SwapLimit: true, CPUCfsQuota: true, CPUSet: true, PidsLimit: true}
	without := func(spoil func(*system.Info)) system.Info { i := all; spoil(&i); return i }
	plain := scenario.Limits{CPUs: 2}
	full := scenario.Limits{CPUs: 2, CPUSet: "0-1", Memory: 1 << 30}
	for _, tt := range []struct {
		name    string
		info    system.Info
		asked   scenario.Limits
		refused string // what the refusal names; empty: none
		facts   map[string]string
	}{
		{"all", all, full, "", map[string]string{"limits": "enforced;", "limits.memory": "enforced", "limits.cpuset": "enforced"}},
		{"nothing asked", all, plain, "", map[string]string{"limits": "enforced;", "limits.memory": "not asked for", "limits.swap": "not asked for"}},
		{"no memory", without(func(i *system.Info) { i.MemoryLimit = false }), full, "can't limit memory", nil},
		{"no memory, none asked", without(func(i *system.Info) { i.MemoryLimit, i.SwapLimit = false, false }), plain, "", map[string]string{"limits": "enforced;"}},
		{"no swap", without(func(i *system.Info) { i.SwapLimit = false }), full, "", map[string]string{"limits": "enforced but for swap;", "limits.swap": "not enforced"}},
		{"no tasks", without(func(i *system.Info) { i.PidsLimit = false }), plain, "", map[string]string{"limits": "enforced but for tasks;", "limits.tasks": "not enforced"}},
		{"neither swap nor tasks", without(func(i *system.Info) { i.PidsLimit, i.SwapLimit = false, false }), full, "", map[string]string{"limits": "enforced but for swap and tasks;"}},
		{"no quota", without(func(i *system.Info) { i.CPUCfsQuota = false }), plain, "can't limit cpu,", nil},
		{"no cpuset", without(func(i *system.Info) { i.CPUSet = false }), full, "can't limit cpuset", nil},
		{"no cpuset, none asked", without(func(i *system.Info) { i.CPUSet = false }), plain, "", map[string]string{"limits": "enforced;", "limits.cpuset": "not asked for"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			able := abilitiesOf(tt.info)
			err := checkLimits(able, tt.asked)
			if (err != nil) != (tt.refused != "") || err != nil && !strings.Contains(err.Error(), tt.refused) {
				t.Errorf("%v, want %q", err, tt.refused)
			}
			got := limitFacts(able, tt.asked)
			for name, want := range tt.facts {
				if !strings.HasPrefix(got[name], want) {
					t.Errorf("%s is %q, want %q", name, got[name], want)
				}
			}
		})
	}
}

// A container gets the quota that was asked for, and passes the check of it.
func TestConfineSetsTheQuota(t *testing.T) {
	for cpus, want := range map[metric.CPUs]int64{2: 2e9, 1.5: 1.5e9, 0.5: 5e8, 0.1: 1e8, 0.01: 1e7, 0.333: 333e6} {
		var h container.HostConfig
		(&docker{}).confine(&h, backend.Spec{Limits: &scenario.Limits{CPUs: cpus}})
		if h.NanoCPUs != want {
			t.Errorf("%s CPUs are %d billionths, want %d", cpus, h.NanoCPUs, want)
		}
		if err := (backend.Held{CPUs: float64(h.NanoCPUs) / 1e9}).Check(scenario.Limits{CPUs: cpus}); err != nil {
			t.Errorf("%s: %v", cpus, err)
		}
	}
}
