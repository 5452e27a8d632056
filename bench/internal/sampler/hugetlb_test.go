package sampler

import (
	"encoding/binary"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/metric"
)

const mib = 1 << 20

// huge makes a process one that maps the file of an inode from 2 MB on, in
// huge pages of 2 MB: of each its share says whether it is absent (.), its own (p) or
// shared (s). First is the number of the first page in the file.
func (f files) huge(pid, first int, shares string, inode int) {
	from := 2 * mib
	to := from + len(shares)*2*mib
	entries := make([]byte, to/os.Getpagesize()*pagemapEntry)
	for i, share := range shares {
		var e uint64
		switch share {
		case 'p':
			e = pagemapPresent | pagemapExclusive
		case 's':
			e = pagemapPresent
		}
		binary.NativeEndian.PutUint64(entries[(from+i*2*mib)/os.Getpagesize()*pagemapEntry:], e)
	}
	kB := func(share string) string { return strconv.Itoa(strings.Count(shares, share) * 2048) }
	at := strconv.Itoa(pid)
	f[at+"/pagemap"] = string(entries)
	f[at+"/smaps"] = "00001000-00002000 r--p 00000000 00:1f 77 /bin/app: with a colon\nSize: 4 kB\nKernelPageSize: 4 kB\nShared_Hugetlb: 0 kB\nPrivate_Hugetlb: 0 kB\nVmFlags: rd\n" +
		strconv.FormatInt(int64(from), 16) + "-" + strconv.FormatInt(int64(to), 16) + " rw-s " + strconv.FormatInt(int64(first*2*mib), 16) +
		" 00:0f " + strconv.Itoa(inode) + " /anon_hugepage (deleted)\nKernelPageSize: 2048 kB\nShared_Hugetlb: " + kB("s") + " kB\nPrivate_Hugetlb: " + kB("p") + " kB\n"
	rollup := f[at+"/smaps_rollup"]
	rollup = strings.Replace(rollup, "Shared_Hugetlb: 0", "Shared_Hugetlb: "+kB("s"), 1)
	f[at+"/smaps_rollup"] = strings.Replace(rollup, "Private_Hugetlb: 0", "Private_Hugetlb: "+kB("p"), 1)
}

// TestHugetlbOfProcesses: a page that several map counts once, whichever
// process touched it.
func TestHugetlbOfProcesses(t *testing.T) {
	for _, tt := range []struct {
		name string
		add  func(f files)
		want uint64 // pages
	}{
		{"none", func(files) {}, 0},
		{"one process alone", func(f files) { f.huge(11, 0, "ppp.", 5) }, 3},
		{"all map all", func(f files) { f.huge(10, 0, "ss", 5); f.huge(11, 0, "ss", 5); f.huge(12, 0, "ss", 5) }, 2},
		{"each touched others", func(f files) { f.huge(10, 0, "ss..s", 5); f.huge(11, 0, ".ss.s", 5); f.huge(12, 0, "s.sps", 5) }, 5},
		{"from another place of the file", func(f files) { f.huge(10, 0, "pss", 5); f.huge(11, 1, "ssp", 5) }, 4},
		{"two files", func(f files) { f.huge(10, 0, "ss", 5); f.huge(11, 0, "ss", 6) }, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := procOf(initial, master, worker, second)
			tt.add(f)
			s := samplerOf(t, f, nil, nil)
			sample, err := s.sample()
			if err != nil || sample.Missing != nil || sample.Hugetlb == nil || *sample.Hugetlb != tt.want*2*mib {
				t.Fatalf("got %v, %q, %v, want %d pages", sample.Hugetlb, sample.Missing, err, tt.want)
			}
		})
	}
}

// TestHugetlbStands for samples that do not read smaps_rollup.
func TestHugetlbStands(t *testing.T) {
	f := procOf(initial, master, worker)
	f.huge(11, 0, "pp", 5)
	s := samplerOf(t, f, v1Files, nil)
	for _, due := range []bool{true, false} {
		if !due {
			s.budget.next = s.budget.next.AddDate(1, 0, 0)
		}
		sample, err := s.sample()
		if err != nil || sample.Hugetlb == nil || *sample.Hugetlb != 4*mib {
			t.Errorf("rollups due: %t; got %v, %v", due, sample.Hugetlb, err)
		}
		if bytes, ok := sample.Memory(metric.BasisCharged); !ok || bytes != 3100+4*mib {
			t.Errorf("memory is %d, %t", bytes, ok)
		}
	}
}

// TestHugetlbOfACgroup: its controller has the last word, as it counts pages that
// no process maps. Reserved pages do not count.
func TestHugetlbOfACgroup(t *testing.T) {
	for name, group := range map[string]files{
		"v1": v1Files.with("hugetlb/hugetlb.2MB.usage_in_bytes", "6291456\n").with("hugetlb/hugetlb.1GB.usage_in_bytes", "0\n").
			with("hugetlb/hugetlb.2MB.rsvd.usage_in_bytes", "99\n").with("hugetlb/hugetlb.2MB.max_usage_in_bytes", "99\n"),
		"v2": v2Files.with("hugetlb.2MB.current", "2097152\n").with("hugetlb.64KB.current", "4194304\n").
			with("hugetlb.2MB.rsvd.current", "99\n").with("hugetlb.2MB.max", "max\n"),
	} {
		f := procOf(initial, master, worker)
		f.huge(11, 0, "pp", 5)
		sample, err := samplerOf(t, f, group, nil).sample()
		if err != nil || sample.Missing != nil || sample.Hugetlb == nil || *sample.Hugetlb != 6*mib {
			t.Errorf("%s: got %v, %q, %v", name, sample.Hugetlb, sample.Missing, err)
		}
	}
}

// TestHugetlbIsAbsentWhereItIsNotKnown, and never a part of it.
func TestHugetlbIsAbsentWhereItIsNotKnown(t *testing.T) {
	for name, change := range map[string]func(f files){
		"an old rollup": func(f files) {
			f["11/smaps_rollup"] = strings.ReplaceAll(f["11/smaps_rollup"], "_Hugetlb:", "_Other:")
		},
		"no pagemap":  func(f files) { delete(f, "11/pagemap") },
		"cut pagemap": func(f files) { f["11/pagemap"] = f["11/pagemap"][:1000] },
		"odd smaps":   func(f files) { f["11/smaps"] = strings.Replace(f["11/smaps"], " rw-s ", " ", 1) },
	} {
		f := procOf(initial, master, worker)
		f.huge(11, 0, "ss", 5)
		change(f)
		sample, err := samplerOf(t, f, nil, nil).sample()
		if err != nil || sample.Hugetlb != nil || name != "an old rollup" && len(sample.Missing) != 1 {
			t.Errorf("%s: got %v, %q, %v", name, sample.Hugetlb, sample.Missing, err)
		}
	}
}

func TestParseHugeMaps(t *testing.T) {
	f := procOf(initial, master, worker)
	f.huge(11, 3, "ss", 5)
	got, err := parseHugeMaps([]byte(f["11/smaps"]))
	want := []hugeMap{{from: 2 * mib, to: 6 * mib, offset: 6 * mib, file: "00:0f 5", page: 2 * mib}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, text := range []string{
		"Shared_Hugetlb: 2 kB\n",
		"x\nKernelPageSize: 2 kB\nShared_Hugetlb: 2 kB\n",
		"0-1 rw-s 0 00:0f 5\nKernelPageSize: 2 kB\nShared_Hugetlb: 2 kB\n",
		"800-0 rw-s 0 00:0f 5\nKernelPageSize: 2 kB\nShared_Hugetlb: 2 kB\n",
		"0-800 rw-s 0 00:0f 5\nShared_Hugetlb: 2 kB\n",
		"0-800 rw-s 0 00:0f 5\nKernelPageSize: x kB\n",
	} {
		if got, err := parseHugeMaps([]byte(text)); err == nil {
			t.Errorf("%q gave %+v", text, got)
		}
	}
}

func FuzzParseHugeMaps(f *testing.F) {
	p := procOf(initial, master, worker)
	p.huge(11, 3, "s.p", 5)
	f.Add([]byte(p["11/smaps"]))
	f.Add([]byte("0-800 rw-s 0 00:0f 5\nKernelPageSize: 2 kB\nShared_Hugetlb: 2 kB\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		maps, err := parseHugeMaps(text)
		for _, m := range maps {
			if err == nil && (m.page == 0 || m.from > m.to || (m.to-m.from)%m.page != 0) {
				t.Errorf("%q gave %+v", text, m)
			}
		}
	})
}
