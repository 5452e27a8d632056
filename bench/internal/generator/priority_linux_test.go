package generator

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// TestRaisePriority: this thread has the priority during an attack, and not after it.
func TestRaisePriority(t *testing.T) {
	usual := ownNice()
	nice, restore := raisePriority()
	during := ownNice()
	restore()
	if mayRaisePriority(t) && nice != highPriority {
		t.Errorf("nice is %d with CAP_SYS_NICE, want %d", nice, highPriority)
	}
	if during != nice {
		t.Errorf("the report says nice %d, the thread has %d", nice, during)
	}
	if after := ownNice(); after != usual {
		t.Errorf("nice is %d afterwards, was %d before", after, usual)
	}
}

var effective = regexp.MustCompile(`(?m)^CapEff:\s*([0-9a-f]+)$`)

// mayRaisePriority says whether the process has CAP_SYS_NICE. Root in a container has not.
func mayRaisePriority(t *testing.T) bool {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	m := effective.FindSubmatch(text)
	if err != nil || m == nil {
		t.Fatalf("no capabilities in /proc/self/status: %v", err)
	}
	all, err := strconv.ParseUint(string(m[1]), 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return all>>unix.CAP_SYS_NICE&1 == 1
}
