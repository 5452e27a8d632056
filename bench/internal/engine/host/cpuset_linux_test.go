package host

import (
	"slices"
	"testing"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"golang.org/x/sys/unix"
)

func TestParseCPUSet(t *testing.T) {
	for text, want := range map[string][]int{"0": {0}, "0-2": {0, 1, 2}, "0,2": {0, 2}, "1-1,3-4": {1, 3, 4}} {
		if got, err := parseCPUSet(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", ",", "a", "-1", "1-", "2-1", "0-1,", "0 1", "1024", "0-99999999", "0-3:2", "+1"} {
		if got, err := parseCPUSet(bad); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func FuzzParseCPUSet(f *testing.F) {
	for _, seed := range []string{"0", "0-3", "0,2-5", "9-1", "", "1023"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseCPUSet(text)
		if err == nil && len(list) == 0 {
			t.Errorf("%q names no processor, without an error", text)
		}
		for _, cpu := range list {
			if cpu < 0 || cpu >= 1024 {
				t.Errorf("%q: processor %d", text, cpu)
			}
		}
	})
}

func TestProcessors(t *testing.T) {
	var ours unix.CPUSet
	if err := unix.SchedGetaffinity(0, &ours); err != nil {
		t.Fatal(err)
	}
	for _, none := range []*scenario.Limits{nil, {}} {
		if set, err := processors(none); set != nil || err != nil {
			t.Errorf("%+v: %v, %v", none, set, err)
		}
	}
	for _, cpus := range []metric.CPUs{1, 0.5, 0.01} { // a fraction takes a whole processor
		if set, err := processors(&scenario.Limits{CPUs: cpus}); err != nil || set.Count() != 1 || (*set)[0]&ours[0] == 0 && ours[0] != 0 {
			t.Errorf("%s: %v, %v", cpus, set, err)
		}
	}
	for _, bad := range []scenario.Limits{{CPUs: metric.CPUs(ours.Count()) + 0.5}, {CPUSet: "1023"}, {CPUSet: "x"}} {
		if set, err := processors(&bad); err == nil {
			t.Errorf("%+v: %v", bad, set)
		}
	}
}
