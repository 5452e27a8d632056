package scenario_test

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/scenario"
)

func TestSidecarDefaults(t *testing.T) {
	sc, err := scenario.ParseScenario("tiny.yaml", []byte(strings.Replace(valid, "build: ./a}",
		"build: ./a, env: {CACHE: '${cache.address}'}, sidecars: [{name: ready, image: x, ready: {log: up}}, {name: free, image: x}]}", 1)+fakerig.SidecarScenario))
	if err != nil {
		t.Fatal(err)
	}
	a, _ := sc.Variant("a")
	all := sc.SidecarsFor(a)
	if len(all) != 3 || !all[0].Ready.TCP || all[1].Ready.Times != 1 || all[2].Waits() || all[0].Stop.Grace == 0 {
		t.Errorf("sidecars are %+v", all)
	}
	b, _ := sc.Variant("b")
	if got := sc.SidecarsFor(b); len(got) != 1 {
		t.Errorf("b has %d sidecars, want the scenario's", len(got))
	}
}

// A claim on a sidecar needs that sidecar in both variants.
func TestSidecarOfOneVariant(t *testing.T) {
	text := strings.NewReplacer("build: ./b}", "build: ./b, sidecars: [{name: cache, image: x}]}", "memory.mean", "sidecar.cache.memory").Replace(valid)
	if _, err := scenario.ParseScenario("tiny.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), `claims[0].metric: variant a has no sidecar "cache"`) {
		t.Errorf("got: %v", err)
	}
}
