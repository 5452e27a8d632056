package backend

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/scenario"
)

func TestLimitsThatAreHeld(t *testing.T) {
	asked := scenario.Limits{CPUs: 2, CPUSet: "0-1", Memory: 100<<20 + 123}
	right := Held{CPUs: 2, CPUSet: "0-1", Memory: 100 << 20}
	for _, tt := range []struct {
		name  string
		spoil func(*Held)
		want  string // what is named; empty: nothing is wrong
	}{
		{"as asked", func(*Held) {}, ""},
		{"no memory limit", func(h *Held) { h.Memory = 0 }, "memory is 0 bytes"},
		{"the machine's memory", func(h *Held) { h.Memory = 24 << 30 }, "memory is 25769803776 bytes"},
		{"less", func(h *Held) { h.Memory = 99 << 20 }, "memory is"},
		{"no quota", func(h *Held) { h.CPUs = 0 }, "cpus is 0"},
		{"a quota in microseconds", func(h *Held) { h.CPUs = 1.99999 }, ""},
		{"half the quota", func(h *Held) { h.CPUs = 1 }, "cpus is 1"},
		{"no cpuset", func(h *Held) { h.CPUSet = "" }, `cpuset is ""`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := right
			tt.spoil(&got)
			err := got.Check(asked)
			if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
	if err := (Held{CPUs: 1.5}).Check(scenario.Limits{CPUs: 1}); err == nil {
		t.Error("1.5 CPUs passed for 1")
	}
	if err := (Held{CPUs: 1, Memory: 24 << 30}).Check(scenario.Limits{CPUs: 1}); err != nil {
		t.Errorf("no limit of memory was asked for: %v", err)
	}
}
