package hostinfo

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// statLine is a /proc/PID/stat of a process that has used so many ticks.
func statLine(pid, parent int, name string, start, own, waited int) string {
	return fmt.Sprintf("%d (%s) S %d 1 1 0 -1 4194560 1 2 3 4 %d 0 %d 0 20 0 1 0 %d 1000 200 18446744073709551615 1 1 0 0 0 0 0 0 65536 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		pid, name, parent, own, waited, start)
}

// writeStats lays out a procfs with those processes alone.
func writeStats(t *testing.T, dir string, lines ...string) {
	t.Helper()
	old, err := filepath.Glob(filepath.Join(dir, "[0-9]*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range old {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range lines {
		pid, _, _ := strings.Cut(line, " ")
		kernel{pid + "/stat": line}.write(t, dir)
	}
}

// TestPrograms: who used the processors between two readings, by name.
func TestPrograms(t *testing.T) {
	dir := t.TempDir()
	writeStats(t, dir,
		statLine(1, 0, "init", 1, 500, 900), statLine(10, 1, "make", 5, 10, 100), statLine(11, 10, "cc1", 90, 40, 0),
		statLine(20, 1, "idle", 7, 99, 0), statLine(30, 1, "server", 8, 50, 0), statLine(40, 1, "gone", 9, 70, 0),
		statLine(50, 1, "a) b (\x1b[2J", 10, 1, 0))
	first, err := ReadPrograms(dir)
	if err != nil {
		t.Fatal(err)
	}
	writeStats(t, dir,
		statLine(1, 0, "init", 1, 500, 970), // it waited for the one that is gone
		statLine(10, 1, "make", 5, 12, 190), // so did this one, for its cc1
		statLine(12, 10, "cc1", 95, 25, 0), statLine(13, 10, "cc1", 96, 25, 0),
		statLine(20, 1, "idle", 7, 99, 0), statLine(30, 1, "server", 8, 150, 0),
		statLine(50, 1, "a) b (\x1b[2J", 10, 11, 0), statLine(40, 1, "newcomer", 99, 5, 0),
		statLine(60, 1, "hidden", 3, 90000, 0)) // it lived before, and was not to be read
	then, err := ReadPrograms(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := used(first.seen, then.seen, time.Second, 2, func(pid int) bool { return pid == 30 })
	want := []metric.ProgramCPU{{Name: "cc1", PIDs: 2, Cores: 0.5}, {Name: "a) b (", PIDs: 1, Cores: 0.1}, {Name: "newcomer", PIDs: 1, Cores: 0.05}, {Name: "make", PIDs: 1, Cores: 0.02}}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// Lines of Linux 6.18: a bash before and after it waited for a child, the child at
// two times of its life, and, made up, another process that got its number.
const (
	bashBefore = "27862 (bash) S 27853 27853 13089 0 -1 4194304 181 0 0 0 0 0 0 0 20 0 1 0 802632 4464640 778 18446744073709551615 94465448054784 94465448844189 140734846000976 0 0 0 65536 4 65538 1 0 0 17 1 0 0 0 0 0 94465449077488 94465449125732 94465929502720 140734846003896 140734846003913 140734846003913 140734846005226 0\n"
	bashAfter  = "27862 (bash) S 27853 27853 13089 0 -1 4194304 226 9503 0 0 0 0 35 1 20 0 1 0 802632 4464640 778 18446744073709551615 94465448054784 94465448844189 140734846000976 0 0 0 65536 4 65538 1 0 0 17 1 0 0 0 0 0 94465449077488 94465449125732 94465929502720 140734846003896 140734846003913 140734846003913 140734846005226 0\n"
	child      = "27869 (python3) R 27862 27853 13089 0 -1 4194304 2844 6549 0 0 17 0 3 1 20 0 1 0 802634 16961536 3327 18446744073709551615 94583055171584 94583055171925 140720613466352 0 0 0 0 16781312 2 0 0 0 17 1 0 0 0 0 0 94583055183280 94583055183896 94583800975360 140720613468263 140720613468412 140720613468412 140720613470159 0\n"
	childLater = "27869 (python3) R 27862 27853 13089 0 -1 4194304 2844 6549 0 0 31 0 3 1 20 0 1 0 802634 16961536 3327 18446744073709551615 94583055171584 94583055171925 140720613466352 0 0 0 0 16781312 2 0 0 0 17 1 0 0 0 0 0 94583055183280 94583055183896 94583800975360 140720613468263 140720613468412 140720613468412 140720613470159 0\n"
	reused     = "27869 (cron) S 1 1 1 0 -1 4194304 2844 6549 0 0 6 1 900 90 20 0 1 0 802700 16961536 3327 18446744073709551615 94583055171584 94583055171925 140720613466352 0 0 0 0 16781312 2 0 0 0 17 1 0 0 0 0 0 94583055183280 94583055183896 94583800975360 140720613468263 140720613468412 140720613468412 140720613470159 0\n"
)

// TestProgramsCountTheirOwnTime: a parent is not charged with what its children
// used in their lives, and a number that the kernel gave again is another process.
func TestProgramsCountTheirOwnTime(t *testing.T) {
	for name, tt := range map[string]struct {
		before, after []string
		processors    int
		want          []metric.ProgramCPU
	}{
		"a child was waited for":        {[]string{bashBefore, child}, []string{bashAfter}, 2, nil},
		"a child lived and died unseen": {[]string{bashBefore}, []string{bashAfter}, 2, nil},
		"a child that runs on":          {[]string{bashBefore, child}, []string{bashBefore, childLater}, 2, []metric.ProgramCPU{{Name: "python3", PIDs: 1, Cores: 0.14}}},
		"a child that began":            {[]string{bashBefore}, []string{bashBefore, child}, 2, []metric.ProgramCPU{{Name: "python3", PIDs: 1, Cores: 0.17}}},
		"a number given again":          {[]string{bashBefore, child}, []string{bashBefore, reused}, 2, []metric.ProgramCPU{{Name: "cron", PIDs: 1, Cores: 0.07}}},
		"one that was there before":     {[]string{child}, []string{child, bashAfter}, 2, nil},
		"more than the processors":      {[]string{statLine(1, 0, "a", 1, 0, 0), statLine(2, 0, "b", 1, 0, 0)}, []string{statLine(1, 0, "a", 1, 900, 0), statLine(2, 0, "b", 1, 100, 0)}, 1, []metric.ProgramCPU{{Name: "a", PIDs: 1, Cores: 0.5}, {Name: "b", PIDs: 1, Cores: 0.5}}},
	} {
		dir := t.TempDir()
		writeStats(t, dir, tt.before...)
		first, err := ReadPrograms(dir)
		if err != nil {
			t.Fatal(err)
		}
		writeStats(t, dir, tt.after...)
		then, err := ReadPrograms(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got := used(first.seen, then.seen, time.Second, tt.processors, func(int) bool { return false }); !slices.Equal(got, tt.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, tt.want)
		}
	}
}

func TestProgramsOfNoProcfs(t *testing.T) {
	if _, err := ReadPrograms(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no error where there is no procfs")
	}
}

// FuzzUsed: whatever two readings hold, the sums are numbers, few, and together no
// more than the processors.
func FuzzUsed(f *testing.F) {
	f.Add([]byte("\x01\x02\x03\x04\x05\x06\x07\x08\x01\x02\x03\x04\x05\x06\x07\x09"), int64(1e9))
	f.Add([]byte(strings.Repeat("\xff", 64)), int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, text []byte, took int64) {
		var readings [2]map[processID]usage
		for i := range readings {
			readings[i] = map[processID]usage{}
		}
		for i := 0; len(text) >= 8; i++ {
			n := binary.LittleEndian.Uint64(text)
			text = text[8:]
			readings[i%2][processID{int(n % 5), n % 3}] = usage{name: string(rune('a' + n%7)), own: n}
		}
		const processors = 2
		got := used(readings[0], readings[1], time.Duration(took), processors, func(pid int) bool { return pid == 2 })
		if len(got) > mostPrograms {
			t.Errorf("%d programs", len(got))
		}
		total := 0.0
		for i, p := range got {
			total += p.Cores
			if !(p.Cores >= leastCores) || math.IsInf(p.Cores, 0) || p.PIDs < 1 || i > 0 && got[i-1].Cores < p.Cores {
				t.Errorf("%+v", got)
			}
		}
		if total > processors+1e-9 {
			t.Errorf("%v cores of %d: %+v", total, processors, got)
		}
	})
}
