package sampler

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/metric"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// statLine is the text of /proc/PID/stat up to field 24, with its comm.
func statLine(comm string) string {
	return "17 (" + comm + ") S 4 17 17 0 -1 4194560 9 0 26 0 70 30 0 0 20 0 12 0 177499 1265229824 6233\n"
}

func TestParseStat(t *testing.T) {
	want := stat{pid: 17, ppid: 4, state: 'S', ticks: 100, threads: 12, start: 177499}
	for _, comm := range []string{
		"app", "", "tmux: server", "(sd-pam)", ") (", "a) R 1 (b", "x)", "(", "two\nlines", "3 (x) Z 1", "\xff\x00",
	} {
		want.name = comm
		if got, err := parseStat([]byte(statLine(comm))); err != nil || got != want {
			t.Errorf("comm %q: got %+v, %v", comm, got, err)
		}
	}
}

func TestParseStatOfTheKernel(t *testing.T) {
	got, err := parseStat(fixture(t, "proc/21223/stat"))
	want := stat{pid: 21223, ppid: 21203, name: "app", state: 'S', ticks: 11, threads: 4, start: 177499}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestParseStatRefuses(t *testing.T) {
	whole := statLine("app")
	for name, text := range map[string]string{
		"nothing":            "",
		"no parentheses":     strings.NewReplacer("(", "", ")", "").Replace(whole),
		"closed before open": ")(" + whole[8:],
		"cut short":          whole[:40],
		"cut in field 22":    whole[:strings.LastIndex(whole, " 177499")],
		"a word as ppid":     strings.Replace(whole, "S 4 ", "S x ", 1),
		"a negative ppid":    strings.Replace(whole, "S 4 ", "S -4 ", 1),
		"a huge pid":         "99999999999" + whole[2:],
		"two letters":        strings.Replace(whole, " S ", " SZ ", 1),
		"no pid":             whole[2:],
	} {
		if got, err := parseStat([]byte(text)); err == nil {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestParseStatm(t *testing.T) {
	if pages, err := parseStatm(fixture(t, "proc/21223/statm")); err != nil || pages != 6286 {
		t.Errorf("got %d, %v", pages, err)
	}
	if pages, err := parseStatm([]byte("0 0 0 0 0 0 0\n")); err != nil || pages != 0 {
		t.Errorf("without memory: got %d, %v", pages, err)
	}
	for _, text := range []string{"", "7", "7\n", "7 x", "7 -1"} {
		if pages, err := parseStatm([]byte(text)); err == nil {
			t.Errorf("%q gave %d", text, pages)
		}
	}
}

func TestParseRollup(t *testing.T) {
	whole := string(fixture(t, "proc/21223/smaps_rollup"))
	var got metric.Process
	if err := parseRollup([]byte(whole), &got); err != nil {
		t.Fatal(err)
	}
	if want := kernelRollup(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, key := range []string{"Pss:", "Private_Clean:", "Private_Dirty:", "Swap:", "AnonHugePages:", "Pss_File:", "Pss_Shmem:", "Shared_Hugetlb:"} {
		text := strings.Replace(whole, "\n"+key, "\nNot_"+key, 1)
		var got metric.Process
		if err := parseRollup([]byte(text), &got); err == nil || !strings.Contains(err.Error(), key) || got != (metric.Process{}) {
			t.Errorf("without %s: got %+v, %v", key, got, err)
		}
	}
}

// Before Linux 5.3 PSS is not split, which is not an error; half a split is one.
func TestParseRollupWithoutTheSplitOfPSS(t *testing.T) {
	var lines []string
	for line := range strings.Lines(string(fixture(t, "proc/21223/smaps_rollup"))) {
		if !strings.HasPrefix(line, "Pss_") {
			lines = append(lines, line)
		}
	}
	want := kernelRollup()
	want.PSSAnon, want.PSSFile, want.PSSShmem = nil, nil, nil
	var got metric.Process
	if err := parseRollup([]byte(strings.Join(lines, "")), &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestFind(t *testing.T) {
	const text = "rss_huge 1\nrss 2\ntotal_rss 3\nkb 4 kB\nword x\nbare\nempty \nhuge 99999999999999999999\nhugekB 18446744073709551615 kB\nlast 5"
	tests := []struct {
		key    string
		want   uint64
		ok     bool
		broken bool
	}{
		{"rss", 2, true, false},
		{"total_rss", 3, true, false},
		{"kb", 4096, true, false},
		{"last", 5, true, false},
		{"missing", 0, false, false},
		{"bare", 0, false, false},
		{"word", 0, false, true},
		{"empty", 0, false, true},
		{"huge", 0, false, true},
		{"hugekB", 0, false, true},
	}
	for _, tt := range tests {
		k := keyed{text: []byte(text)}
		got := k.find(tt.key)
		if (got != nil) != tt.ok || got != nil && *got != tt.want || (k.err != nil) != tt.broken {
			t.Errorf("%s: got %v, %v", tt.key, got, k.err)
		}
	}
}

// kernelRollup is testdata/proc/21223/smaps_rollup.
func kernelRollup() metric.Process {
	return metric.Process{
		PSS: new(uint64(24078 << 10)), USS: new(uint64(23548 << 10)), Swap: new(uint64(0)), AnonHuge: new(uint64(0)),
		PSSAnon: new(uint64(23548 << 10)), PSSFile: new(uint64(530 << 10)), PSSShmem: new(uint64(0)),
		HugetlbPrivate: new(uint64(0)), HugetlbShared: new(uint64(0)),
	}
}
