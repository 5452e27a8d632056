package sampler

import (
	"io/fs"
	"maps"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/memproof/memproof/bench/metric"
)

// Each figure has a value of its own, so that no two can be mixed up.
var (
	v1Files = files{
		"memory/memory.stat": "cache 1\nrss 2\nrss_huge 3\nshmem 4\ninactive_file 5\n" +
			"total_cache 1000\ntotal_rss 2000\ntotal_rss_huge 3000\ntotal_shmem 400\ntotal_mapped_file 900\ntotal_inactive_file 50\n",
		"memory/memory.usage_in_bytes":          "6000\n",
		"memory/memory.kmem.usage_in_bytes":     "700\n",
		"memory/memory.kmem.tcp.usage_in_bytes": "80\n",
		"memory/memory.max_usage_in_bytes":      "9000\n",
		"memory/memory.oom_control":             "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
		"cpuacct/cpuacct.usage":                 "1500000000\n",
	}
	v2Files = files{
		"cgroup.controllers": "cpu memory\n",
		"memory.stat": "anon 2000\nfile 1000\nkernel 700\nkernel_stack 60\nsock 80\nshmem 400\nfile_mapped 900\nshmem_thp 7\ninactive_anon 8\ninactive_file 50\n" +
			"slab_reclaimable 300\nslab_unreclaimable 200\nslab 500\n",
		"memory.current": "6000\n",
		"memory.peak":    "9000\n",
		"memory.events":  "low 0\noom 9\noom_kill 3\noom_group_kill 8\n",
		"cpu.stat":       "usage_usec 1500000\nuser_usec 1\nsystem_usec 2\n",
	}
)

func account(version int) metric.Cgroup {
	c := metric.Cgroup{
		Version: version, Usage: 6000, Anon: 2000, Shmem: 400, File: 600, Mapped: new(uint64(900)), InactiveFile: 50,
		Kernel: new(uint64(700)), Sock: new(uint64(80)), Peak: new(uint64(9000)), OOMKills: new(uint64(3)),
		CPUSeconds: new(1.5),
	}
	if version == 2 {
		c.Reclaimable = new(uint64(300))
	}
	return c
}

// v2Stat is the made-up cgroup v2 with pairs of old and new text in its
// memory.stat.
func v2Stat(oldnew ...string) files {
	return v2Files.with("memory.stat", strings.NewReplacer(oldnew...).Replace(v2Files["memory.stat"]))
}

// kernel changes the account to one of that much kernel memory; 0: of none that
// is known.
func kernel(bytes uint64) func(*metric.Cgroup) {
	return func(c *metric.Cgroup) {
		if c.Kernel = &bytes; bytes == 0 {
			c.Kernel, c.Reclaimable = nil, nil
		}
	}
}

// files are kernel files by path, as text.
type files map[string]string

func (f files) dir() *dir {
	m := make(fstest.MapFS, len(f))
	for name, text := range f {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return &dir{path: "/fake", files: m}
}

// with is a copy with one file put in the place of another; "" leaves it out.
func (f files) with(name, text string) files {
	f = maps.Clone(f)
	if f[name] = text; text == "" {
		delete(f, name)
	}
	return f
}

func readCgroup(t *testing.T, d *dir) (metric.Cgroup, error) {
	t.Helper()
	c, err := openCgroup(d)
	if err != nil {
		t.Fatal(err)
	}
	return c.account()
}

func TestCgroup(t *testing.T) {
	tests := []struct {
		name   string
		files  files
		want   int // version
		differ func(*metric.Cgroup)
	}{
		{"v1", v1Files, 1, nil},
		{"v2", v2Files, 2, nil},
		{"v1 with cpu and cpuacct in one", v1Files.with("cpuacct/cpuacct.usage", "").with("cpu,cpuacct/cpuacct.usage", "1500000000"), 1, nil},
		{"v1 without cpuacct", v1Files.with("cpuacct/cpuacct.usage", ""), 1, func(c *metric.Cgroup) { c.CPUSeconds = nil }},
		{"v1 without kmem", v1Files.with("memory/memory.kmem.usage_in_bytes", ""), 1, func(c *metric.Cgroup) { c.Kernel = nil }},
		{"v1 with kmem turned off", v1Files.with("memory/memory.kmem.usage_in_bytes", "0"), 1, func(c *metric.Cgroup) { c.Kernel = nil }},
		{"v1 before 4.13", v1Files.with("memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\n"), 1, func(c *metric.Cgroup) { c.OOMKills = nil }},
		{"v1 with shmem a page ahead of the cache", v1Files.with("memory/memory.stat", "total_cache 400\ntotal_rss 2000\ntotal_shmem 4496\ntotal_inactive_file 50\n"), 1,
			func(c *metric.Cgroup) { c.Shmem, c.File, c.Mapped = 4496, 0, nil }},
		{"v2 with kernel memory turned off", v2Stat("kernel 700", "kernel 0"), 2, kernel(0)},
		{"v2 without reclaimable slab", v2Stat("slab_reclaimable 300\n", ""), 2, func(c *metric.Cgroup) { c.Reclaimable = nil }},
		{"v2 before 5.18", v2Stat("kernel 700\n", ""), 2, kernel(6000 - 2000 - 1000 - 80)},
		{"v2 before 5.18, whatever its parts", v2Stat("kernel 700\n", "pagetables 100\npercpu 40\n"), 2, kernel(6000 - 2000 - 1000 - 80)},
		{"v2 before 5.18 with zswap", v2Stat("kernel 700\n", "zswap 20\n"), 2, kernel(6000 - 2000 - 1000 - 80 - 20)},
		{"v2 before 5.18 with a swap cache", v2Stat("kernel 700\n", "swapcached 30\n"), 2, kernel(6000 - 2000 - 1000 - 80 + 30)},
		{"v2 before 5.18, a stack in another cgroup", v2Stat("kernel 700\nkernel_stack 60\n", "kernel_stack 0\n"), 2, kernel(6000 - 2000 - 1000 - 80)},
		{"v2 before 5.18 with kernel memory turned off", v2Stat("kernel 700\nkernel_stack 60\n", "kernel_stack 0\n", "slab 500", "slab 0"), 2, kernel(0)},
		{"v2 before 5.18 without its stacks and slab", v2Stat("kernel 700\nkernel_stack 60\n", "", "slab 500\n", ""), 2, kernel(0)},
		{"v2 before 5.18 without sock", v2Stat("kernel 700\n", "", "sock 80\n", ""), 2, func(c *metric.Cgroup) { kernel(0)(c); c.Sock = nil }},
		{"v2 before 5.18, usage behind its parts", v2Stat("kernel 700\n", "").with("memory.current", "3000"), 2,
			func(c *metric.Cgroup) { kernel(0)(c); c.Usage = 3000 }},
		{"v2 without events", v2Files.with("memory.events", ""), 2, func(c *metric.Cgroup) { c.OOMKills = nil }},
		{"v2 without cpu.stat", v2Files.with("cpu.stat", ""), 2, func(c *metric.Cgroup) { c.CPUSeconds = nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := account(tt.want)
			if tt.differ != nil {
				tt.differ(&want)
			}
			got, err := readCgroup(t, tt.files.dir())
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		})
	}
}

// A figure that every kernel gives must not turn into 0, and one that cannot be
// understood must not turn into an absent one.
func TestCgroupRefuses(t *testing.T) {
	tests := []struct {
		name  string
		files files
		says  string
	}{
		{"v1 without total_shmem", v1Files.with("memory/memory.stat", "total_cache 1\ntotal_rss 2\ntotal_inactive_file 5\n"), "/fake/memory/memory.stat: there is no total_shmem"},
		{"v1 without memory.stat", v1Files.with("memory/memory.stat", ""), "/fake/memory/memory.stat: file does not exist"},
		{"v1 with a word", v1Files.with("memory/memory.kmem.usage_in_bytes", "none"), "kmem.usage_in_bytes"},
		{"v2 without anon", v2Files.with("memory.stat", "file 1\nshmem 0\ninactive_file 0\n"), "there is no anon"},
		{"v2 with a word", v2Files.with("memory.events", "oom_kill x"), "memory.events: oom_kill"},
		{"v2 with a word as usage", v2Files.with("memory.current", "max"), "memory.current"},
		{"v2 with a word as kernel", v2Files.with("memory.stat", strings.Replace(v2Files["memory.stat"], "kernel 700", "kernel x", 1)), "memory.stat: kernel"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readCgroup(t, tt.files.dir())
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %+v, %v, want an error that says %q", got, err, tt.says)
			}
		})
	}
}

func TestCgroupUsageMayGoWhileReading(t *testing.T) {
	c, err := openCgroup(v1Files.dir())
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.read(v1Files.with("memory/memory.usage_in_bytes", "").dir())
	if err == nil || !strings.Contains(err.Error(), "memory.usage_in_bytes: file does not exist") {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestOpenCgroupRefuses(t *testing.T) {
	tests := []struct {
		name  string
		files files
		says  string
	}{
		{"no cgroup", files{"version": "6"}, "is not a cgroup"},
		{"the root of v2", v2Files.with("memory.current", ""), "has no memory.current"},
		{"v1 with v2 mounted too", files{"unified/cgroup.controllers": "", "memory/x": "x"}, "is not a cgroup"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := openCgroup(tt.files.dir()); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want an error that says %q", err, tt.says)
			}
		})
	}
}

// A container without SYS_PTRACE may not read below /proc/1/root.
func TestOpenCgroupSaysWhatItMayNotSee(t *testing.T) {
	for _, name := range []string{"cgroup.controllers", "memory.current", "memory/memory.usage_in_bytes"} {
		d := v1Files.dir()
		d.files = &deny{d.files, map[string]error{name: fs.ErrPermission}}
		if _, err := openCgroup(d); err == nil || err.Error() != "read /fake/"+name+": permission denied" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestCgroupOfTheKernel(t *testing.T) {
	want := metric.Cgroup{
		Version: 1, Usage: 80437248, Anon: 68878336, Shmem: 8388608, File: 10227712 - 8388608, Mapped: new(uint64(10108928)),
		Kernel: new(uint64(1069056)), Sock: new(uint64(0)), Peak: new(uint64(98574336)), OOMKills: new(uint64(0)),
		CPUSeconds: new(0.354320253),
	}
	if got, err := readCgroup(t, openDir("testdata/v1")); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("v1: got %+v, %v, want %+v", got, err, want)
	}
	want.Throttled, want.Reclaimable = new(0.0), new(uint64(41312))
	want.Version, want.Sock, want.OOMKills, want.CPUSeconds = 2, new(uint64(8192)), new(uint64(1)), new(0.354320)
	if got, err := readCgroup(t, openDir("testdata/v2")); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("v2: got %+v, %v, want %+v", got, err, want)
	}
}

// Before Linux 5.18 there is no key for the kernel's memory, and what is charged
// beyond the rest holds what processors have charged in advance, 62 pages here.
func TestKernelMemoryByVersionOfTheKernel(t *testing.T) {
	const reported, rest = 1069056, 1069056 + 62*4096
	for version, kernel := range map[string]uint64{"5.10": rest, "5.15": rest, "6.1": reported, "6.12": reported} {
		c, err := readCgroup(t, openDir("testdata/v2-"+version))
		if err != nil || c.Kernel == nil || c.Reclaimable == nil {
			t.Errorf("%s: got %+v, %v", version, c, err)
			continue
		}
		charged, ok := c.Charged()
		if *c.Kernel != kernel || *c.Reclaimable != 41312 || !ok || charged != 68878336+8388608+kernel-41312 {
			t.Errorf("%s: kernel %d, of which %d can be dropped, charged %d", version, *c.Kernel, *c.Reclaimable, charged)
		}
	}
}
