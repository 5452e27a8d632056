package docker

import (
	"testing"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/moby/moby/api/types/container"
)

// What a container may do depends on its program and on the daemon.
func TestConfine(t *testing.T) {
	variant := backend.Spec{Program: backend.Program{Program: scenario.Program{Image: "x"}}, Name: "variant-a", Limits: &scenario.Limits{CPUs: 2, CPUSet: "0-1", Memory: 1 << 20}}
	postgres := backend.Spec{Program: backend.Program{Program: scenario.Program{Image: "p"}}, Name: leftovers.PostgresName}
	below := variant
	below.Init = true
	for _, tt := range []struct {
		name   string
		cgroup string
		sp     backend.Spec
		want   func(h *container.HostConfig) bool
	}{
		{"its own cgroup namespace on v2", "2", variant, func(h *container.HostConfig) bool { return h.CgroupnsMode == "private" }},
		{"the daemon's choice on v1", "1", variant, func(h *container.HostConfig) bool { return h.CgroupnsMode == "" }},
		{"limits", "1", variant, func(h *container.HostConfig) bool {
			return h.NanoCPUs == 2e9 && h.CpusetCpus == "0-1" && h.Memory == 1<<20 && h.MemorySwap == h.Memory
		}},
		{"no limits and 1 GiB of shared memory for Postgres", "1", postgres, func(h *container.HostConfig) bool {
			return h.NanoCPUs == 0 && h.Memory == 0 && h.ShmSize == 1<<30
		}},
		{"the image's shared memory for others", "1", variant, func(h *container.HostConfig) bool { return h.ShmSize == 0 }},
		{"an init where one is asked for", "1", below, func(h *container.HostConfig) bool { return h.Init != nil && *h.Init }},
		{"none where not", "1", variant, func(h *container.HostConfig) bool { return h.Init == nil }},
	} {
		var h container.HostConfig
		(&docker{cgroup: tt.cgroup}).confine(&h, tt.sp)
		if !tt.want(&h) {
			t.Errorf("%s: %+v", tt.name, h)
		}
	}
}
