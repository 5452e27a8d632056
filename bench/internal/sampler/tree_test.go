package sampler

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/memproof/memproof/bench/metric"
)

// fake is one process of a made-up /proc.
type fake struct {
	pid, ppid, start int
	comm             string
	state            string // S where empty
	threads          int    // 1 where 0
}

func procOf(fakes ...fake) files {
	f := files{"meminfo": "MemTotal: 1 kB\n", "self/stat": "not to be read"}
	for _, p := range fakes {
		f.add(p)
	}
	return f
}

func (f files) add(p fake) {
	at := fmt.Sprint(p.pid)
	f[at+"/stat"] = fmt.Sprintf("%d (%s) %s %d 0 0 0 0 0 0 0 0 0 200 50 0 0 0 0 %d 0 %d 0\n",
		p.pid, p.comm, orDefault(p.state, "S"), p.ppid, orDefault(p.threads, 1), p.start)
	if p.state == "Z" {
		f[at+"/statm"] = "0 0 0 0 0 0 0\n"
		return
	}
	f[at+"/statm"] = "900 10 5 1 0 8 0\n"
	f[at+"/smaps_rollup"] = "Rss: 40 kB\nPss: 30 kB\nPss_Anon: 17 kB\nPss_File: 9 kB\nPss_Shmem: 4 kB\nAnonHugePages: 2 kB\nPrivate_Clean: 4 kB\nPrivate_Dirty: 16 kB\nShared_Hugetlb: 0 kB\nPrivate_Hugetlb: 0 kB\nSwap: 8 kB\n"
	f[at+"/fd/0"], f[at+"/fd/1"], f[at+"/fd/2"] = " ", " ", " "
}

func (f files) remove(pid int) {
	for name := range f {
		if strings.HasPrefix(name, fmt.Sprint(pid, "/")) {
			delete(f, name)
		}
	}
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// live is a /proc that changes while it is read: before is called with each
// name that is opened, counting from 1 for each name.
type live struct {
	files
	before func(f files, name string, times int)
	opened map[string]int
}

func (l *live) Open(name string) (fs.File, error) {
	if l.opened == nil {
		l.opened = make(map[string]int)
	}
	l.opened[name]++
	if l.before != nil {
		l.before(l.files, name, l.opened[name])
	}
	return l.files.dir().files.Open(name)
}

func treeOf(f files, before func(files, string, int)) (*tree, *live) {
	l := &live{files: f, before: before}
	t := &tree{proc: &dir{path: "/fake", files: l}, unrelated: make(map[int]struct{}), rollup: true}
	t.root = stat{pid: 10, start: 100}
	return t, l
}

func pids(list []metric.Process) []int {
	out := []int{}
	for _, p := range list {
		out = append(out, p.PID)
	}
	return out
}

var (
	initial = fake{pid: 1, comm: "init", start: 1}
	master  = fake{pid: 10, ppid: 1, comm: "app", start: 100}
	worker  = fake{pid: 11, ppid: 10, comm: "app", start: 110}
	second  = fake{pid: 12, ppid: 10, comm: "app", start: 120}
)

func TestTree(t *testing.T) {
	tests := []struct {
		name  string
		procs []fake
		want  []int
	}{
		{"alone", []fake{initial, master}, []int{10}},
		{"a child with the name of its parent", []fake{initial, master, worker}, []int{10, 11}},
		{"grandchildren", []fake{initial, master, worker, {pid: 20, ppid: 11, start: 200}, {pid: 21, ppid: 20, start: 210}}, []int{10, 11, 20, 21}},
		{"oldest first, whatever the pids", []fake{initial, master, {pid: 9, ppid: 10, start: 300}, {pid: 8, ppid: 10, start: 200}, {pid: 7, ppid: 10, start: 200}}, []int{10, 7, 8, 9}},
		{"a zombie", []fake{initial, master, worker, {pid: 12, ppid: 10, start: 120, state: "Z"}}, []int{10, 11}},
		{"a name of parentheses", []fake{initial, master, {pid: 11, ppid: 10, comm: ") S 1 (", start: 110}}, []int{10, 11}},
		{"an unrelated process of the same name", []fake{initial, master, worker, {pid: 30, ppid: 1, comm: "app", start: 90}, {pid: 31, ppid: 30, comm: "app", start: 95}}, []int{10, 11}},
		{"a sampler from outside the namespace", []fake{master, worker, {pid: 40, ppid: 0, comm: "sampler", start: 400}}, []int{10, 11}},
		{"an unrelated process with a hidden parent", []fake{initial, master, worker, {pid: 50, ppid: 49, start: 50}, {pid: 51, ppid: 50, start: 51}}, []int{10, 11}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree, _ := treeOf(procOf(tt.procs...), nil)
			for range 3 { // unrelated processes are remembered
				list, notes, err := tree.processes(true)
				if err != nil || notes != nil || !reflect.DeepEqual(pids(list), tt.want) {
					t.Fatalf("got %v, %v, %v, want %v", pids(list), notes, err, tt.want)
				}
			}
		})
	}
}

func TestProcess(t *testing.T) {
	tree, _ := treeOf(procOf(initial, master, fake{pid: 11, ppid: 10, comm: "a b", start: 110, threads: 7}), nil)
	want := metric.Process{PID: 11, PPID: 10, Start: 110, Name: "a b", RSS: uint64(10 * os.Getpagesize()), Threads: 7, CPU: 2.5}
	list, _, err := tree.processes(false)
	if err != nil || !reflect.DeepEqual(list[1], want) {
		t.Errorf("got %+v, %v, want %+v", list[1], err, want)
	}
	want.PSS, want.USS, want.Swap, want.FDs = new(uint64(30<<10)), new(uint64(20<<10)), new(uint64(8<<10)), new(3)
	want.PSSAnon, want.PSSFile, want.PSSShmem, want.AnonHuge = new(uint64(17<<10)), new(uint64(9<<10)), new(uint64(4<<10)), new(uint64(2<<10))
	want.HugetlbPrivate, want.HugetlbShared = new(uint64(0)), new(uint64(0))
	list, _, err = tree.processes(true)
	if err != nil || !reflect.DeepEqual(list[1], want) {
		t.Errorf("with details: got %+v, %v, want %+v", list[1], err, want)
	}
}

func TestTreeThatChangesWhileItIsRead(t *testing.T) {
	third := fake{pid: 13, ppid: 10, comm: "app", start: 130}
	tests := []struct {
		name   string
		before func(f files, name string, times int)
		want   []int
		err    string
	}{
		{
			"ends before it is looked at",
			func(f files, name string, times int) {
				if name == "12/stat" {
					f.remove(12)
				}
			},
			[]int{10, 11}, "",
		}, {
			"ends half-way",
			func(f files, name string, times int) {
				if name == "12/statm" {
					f.remove(12)
				}
			},
			[]int{10, 11}, "",
		}, {
			"ends before its details",
			func(f files, name string, times int) {
				if name == "12/smaps_rollup" {
					f.remove(12)
				}
			},
			[]int{10, 11}, "",
		}, {
			"ends before its files are counted",
			func(f files, name string, times int) {
				if name == "12/fd" {
					f.remove(12)
				}
			},
			[]int{10, 11}, "",
		}, {
			"becomes a zombie half-way",
			func(f files, name string, times int) {
				if name == "12/statm" {
					f.remove(12)
					f.add(fake{pid: 12, ppid: 10, start: 120, state: "Z"})
				}
			},
			[]int{10, 11}, "",
		}, {
			"one ends half-way, and another the second time",
			func(f files, name string, times int) {
				if name == "12/statm" && times == 1 {
					f.remove(12)
				}
				if name == "11/statm" && times == 2 {
					f.remove(11)
				}
			},
			nil, "pid 11 vanished while being read",
		}, {
			"the main thread has ended, others go on",
			func(f files, name string, times int) {
				f.remove(12)
				f.add(fake{pid: 12, ppid: 10, start: 120, state: "Z", threads: 3})
			},
			nil, "pid 12 vanished while being read",
		}, {
			"a parent that was not listed",
			func(f files, name string, times int) {
				if name == "." && times == 1 {
					f.add(fake{pid: 20, ppid: 13, start: 200})
				}
				if name == "." && times == 2 {
					f.add(third)
				}
			},
			[]int{10, 11, 12, 13, 20}, "",
		}, {
			"a parent that ends",
			func(f files, name string, times int) {
				if name == "." && times == 1 {
					f.add(third)
					f.add(fake{pid: 20, ppid: 13, start: 200})
				}
				if name == "13/stat" && times == 1 {
					f.remove(13)
				}
				if name == "." && times == 2 { // the child goes to an ancestor
					f.add(fake{pid: 20, ppid: 10, start: 200})
				}
			},
			[]int{10, 11, 12, 20}, "",
		}, {
			"one parent after the other is not listed",
			func(f files, name string, times int) {
				if name == "." {
					f.add(fake{pid: 20 + times, ppid: 60 + times, start: 200})
				}
			},
			nil, "vanished while being read",
		}, {
			"the root ends half-way",
			func(f files, name string, times int) {
				if name == "10/statm" {
					f.remove(10)
				}
			},
			nil, ErrGone.Error(),
		}, {
			"the root is a zombie",
			func(f files, name string, times int) { f.add(fake{pid: 10, ppid: 1, start: 100, state: "Z"}) },
			nil, ErrGone.Error(),
		}, {
			"the root's pid is another process",
			func(f files, name string, times int) { f.add(fake{pid: 10, ppid: 1, start: 999}) },
			nil, ErrGone.Error(),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree, _ := treeOf(procOf(initial, master, worker, second), tt.before)
			list, _, err := tree.processes(true)
			if tt.err != "" {
				if list != nil || err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %v, %v, want no list and %q", pids(list), err, tt.err)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(pids(list), tt.want) {
				t.Errorf("got %v, %v, want %v", pids(list), err, tt.want)
			}
		})
	}
}

func TestUnrelatedProcessesAreReadOnce(t *testing.T) {
	unrelated := fake{pid: 30, ppid: 1, start: 5}
	tree, l := treeOf(procOf(initial, master, worker, unrelated), nil)
	read := func(want ...int) {
		t.Helper()
		if list, _, err := tree.processes(false); err != nil || !reflect.DeepEqual(pids(list), want) {
			t.Fatalf("got %v, %v, want %v", pids(list), err, want)
		}
	}
	for range 5 {
		read(10, 11)
	}
	if l.opened["30/stat"] != 1 || l.opened["11/stat"] != 5 {
		t.Errorf("in 5 readings an unrelated process was read %d times, a worker %d times", l.opened["30/stat"], l.opened["11/stat"])
	}
	l.remove(30)
	read(10, 11)
	l.add(fake{pid: 30, ppid: 10, start: 300}) // its pid has come round to a worker
	read(10, 11, 30)
}

// /proc is not listed unless the last pid has changed. A process that has started or
// ended is found in the next reading.
func TestProcIsListedAfterAFork(t *testing.T) {
	f := procOf(initial, master, worker).with("loadavg", "0.00 0.01 0.05 1/80 11\n")
	tree, l := treeOf(f, nil)
	tree.forks.reliable = true
	read := func(listings int, want ...int) {
		t.Helper()
		list, _, err := tree.processes(false)
		if err != nil || !reflect.DeepEqual(pids(list), want) || l.opened["."] != listings {
			t.Fatalf("got %v, %v after %d listings, want %v after %d", pids(list), err, l.opened["."], want, listings)
		}
	}
	read(1, 10, 11)
	read(1, 10, 11)
	l.add(second)
	l.files["loadavg"] = "0.00 0.01 0.05 1/81 12\n"
	read(2, 10, 11, 12)
	l.remove(11)
	read(2, 10, 12)
	l.add(fake{pid: 12, ppid: 30, start: 120}) // its parent is not among those that are known
	l.add(fake{pid: 30, ppid: 1, start: 5})
	read(3, 10)

	tree.forks.reliable = false
	read(4, 10)
	tree.forks.reliable = true
	l.files["loadavg"] = "0.00"
	if _, _, err := tree.processes(false); err == nil || !strings.Contains(err.Error(), "read /fake/loadavg: ") {
		t.Errorf("a loadavg that can't be understood: %v", err)
	}
}

// What may not be read is absent and said; the rest is there.
func TestDetailsThatMayNotBeRead(t *testing.T) {
	tree, l := treeOf(procOf(initial, master, worker, second), nil)
	denied := &deny{l, map[string]error{"12/smaps_rollup": fs.ErrPermission, "12/fd": fs.ErrPermission}}
	tree.proc.files = denied
	list, notes, err := tree.processes(true)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"pss: read /fake/12/smaps_rollup: permission denied"} // no metric is made of open files
	if !reflect.DeepEqual(notes, want) {
		t.Errorf("notes are %q, want %q", notes, want)
	}
	if p := list[2]; p.RSS == 0 || p.PSS != nil || p.USS != nil || p.Swap != nil || p.FDs != nil {
		t.Errorf("got %+v", p)
	}
	if _, ok := (metric.Sample{Processes: list}).PSS(); ok {
		t.Error("there is a sum of PSS though one process lacks it")
	}
}

func TestProcessesRefuseWhatTheyCannotUnderstand(t *testing.T) {
	for _, tt := range []struct{ name, text, says string }{
		{"12/stat", "12 (app S", "read /fake/12/stat: "},
		{"12/statm", "12", "read /fake/12/statm: "},
	} {
		f := procOf(initial, master, worker, second).with(tt.name, tt.text)
		tree, _ := treeOf(f, nil)
		if list, _, err := tree.processes(true); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, %v", tt.name, pids(list), err)
		}
	}
	tree, _ := treeOf(procOf(initial, master, worker).with("11/smaps_rollup", "Pss: 1 kB\n"), nil)
	list, notes, err := tree.processes(true)
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "/fake/11/smaps_rollup: there is no Swap:") || list[1].PSS != nil {
		t.Errorf("a rollup without a key: got %+v, %q, %v", list, notes, err)
	}
	tree, _ = treeOf(procOf(initial, master).with("10/stat", "10 (app) S"), nil)
	if _, _, err := tree.processes(true); err == nil || errors.Is(err, ErrGone) {
		t.Errorf("a root that cannot be understood: %v", err)
	}
}

// The kernel answers ESRCH where the directory is still there and the process
// is not.
func TestProcessThatIsGoneWhileItsFilesAreThere(t *testing.T) {
	for _, name := range []string{"11/stat", "11/statm", "11/smaps_rollup", "11/fd"} {
		tree, l := treeOf(procOf(initial, master, worker), nil)
		tree.proc.files = &deny{l, map[string]error{name: syscall.ESRCH}}
		list, _, err := tree.processes(true)
		if name == "11/stat" {
			if err != nil || !reflect.DeepEqual(pids(list), []int{10}) {
				t.Errorf("%s: got %v, %v", name, pids(list), err)
			}
		} else if !errors.Is(err, errVanished(11)) || list != nil {
			t.Errorf("%s: got %v, %v", name, pids(list), err)
		}
	}
}

// deny fails to open some files.
type deny struct {
	fs.FS
	errs map[string]error
}

func (d *deny) Open(name string) (fs.File, error) {
	if err := d.errs[name]; err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return d.FS.Open(name)
}

// TestTreeBelowAKeeper: what the keeper took in is the root's; the keeper, its
// parent and the parent's other children are not.
func TestTreeBelowAKeeper(t *testing.T) {
	keeper := fake{pid: 9, ppid: 1, comm: "keeper", start: 90}
	root := fake{pid: 10, ppid: 9, comm: "app", start: 100}
	adopted := fake{pid: 30, ppid: 9, comm: "helper", start: 130}
	f := procOf(initial, keeper, root, worker, fake{pid: 31, ppid: 30, start: 131}, fake{pid: 40, ppid: 1, start: 95}, adopted)
	tree, _ := treeOf(f, nil)
	tree.keeper = 9
	for range 2 { // the second time some are known to be unrelated
		list, _, err := tree.processes(true)
		if err != nil || !reflect.DeepEqual(pids(list), []int{10, 11, 30, 31}) {
			t.Errorf("got %v, %v", pids(list), err)
		}
	}
	if _, ok := tree.unrelated[30]; ok {
		t.Error("the adopted process counts as unrelated")
	}
}
