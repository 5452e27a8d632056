package machine

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

	"github.com/memproof/memproof/bench"
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
	first, err := SeePrograms(dir)
	if err != nil {
		t.Fatal(err)
	}
	writeStats(t, dir,
		statLine(1, 0, "init", 1, 500, 970), // it waited for the one that is gone
		statLine(10, 1, "make", 5, 12, 190), // its cc1 of 40 ticks ran for 50 more
		statLine(12, 10, "cc1", 95, 25, 0), statLine(13, 10, "cc1", 96, 25, 0),
		statLine(20, 1, "idle", 7, 99, 0), statLine(30, 1, "server", 8, 150, 0),
		statLine(50, 1, "a) b (\x1b[2J", 10, 11, 0), statLine(40, 1, "newcomer", 99, 5, 0))
	then, err := SeePrograms(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := used(first.seen, then.seen, time.Second, func(pid int) bool { return pid == 30 })
	want := []bench.ProgramCPU{{Name: "make", PIDs: 1, Cores: 0.52}, {Name: "cc1", PIDs: 2, Cores: 0.5}, {Name: "a) b (?[2J", PIDs: 1, Cores: 0.1}, {Name: "newcomer", PIDs: 1, Cores: 0.05}}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestProgramsOfNoProcfs(t *testing.T) {
	if _, err := SeePrograms(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no error where there is no procfs")
	}
}

// FuzzUsed: whatever two readings hold, the sums are numbers, and few.
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
			readings[i%2][processID{int(n % 5), n % 3}] = usage{name: string(rune('a' + n%7)), parent: int(n>>3) % 5, own: n, waited: n << 7}
		}
		got := used(readings[0], readings[1], time.Duration(took), func(pid int) bool { return pid == 2 })
		if len(got) > mostPrograms {
			t.Errorf("%d programs", len(got))
		}
		for i, p := range got {
			if !(p.Cores >= leastCores) || math.IsInf(p.Cores, 0) || p.PIDs < 1 || i > 0 && got[i-1].Cores < p.Cores {
				t.Errorf("%+v", got)
			}
		}
	})
}
