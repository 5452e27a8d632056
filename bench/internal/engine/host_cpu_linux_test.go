package engine

import (
	"os/exec"
	"strings"
	"testing"
)

const statOf = "7 (a b) c) S 3 7 7 0 -1 4194560 100 200 0 0 10 20 300 400 20 0 1 0 5000 1 2"

func TestParseUsage(t *testing.T) {
	if got, err := parseUsage([]byte(statOf)); err != nil || got != (usage{7, 3, 730}) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, spoil := range [][2]string{{"(a b) c)", "a"}, {"7 (", "x ("}, {"S 3", "S x"}, {"10 20", "10 -20"}, {" 300 400 20 0 1 0 5000 1 2", ""}} {
		if got, err := parseUsage([]byte(strings.Replace(statOf, spoil[0], spoil[1], 1))); err == nil {
			t.Errorf("%q for %q gave %+v", spoil[1], spoil[0], got)
		}
	}
}

func FuzzParseUsage(f *testing.F) {
	f.Add([]byte(statOf))
	f.Add([]byte(")("))
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, err := parseUsage(text); err != nil && got != (usage{}) {
			t.Errorf("%+v with %v", got, err)
		}
	})
}

// TestTreeTicks: the root and all below it, whatever else runs, and no end of
// walking where pids form a circle.
func TestTreeTicks(t *testing.T) {
	all := map[int]usage{
		1: {1, 0, 1000}, 10: {10, 1, 1}, 11: {11, 10, 20}, 12: {12, 11, 300}, 13: {13, 1, 4000},
		20: {20, 21, 50000}, 21: {21, 20, 50000},
	}
	if got := treeTicks(all, 10); got != 321 {
		t.Errorf("%d ticks, want 321", got)
	}
}

// TestCPUOfAProcess: what a shell's child used counts once it has ended too.
func TestCPUOfAProcess(t *testing.T) {
	cmd := exec.Command("sh", "-c", "(i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done); echo over; read x")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: cmd}
	if s, err := c.cpu(t.Context()); err != nil || s <= 0 {
		t.Errorf("%v s, %v", s, err)
	}
	in.Close()
	_ = cmd.Wait() // read fails at the end of its input
	if s, err := c.cpu(t.Context()); err == nil {
		t.Errorf("a process that has ended used %v s", s)
	}
}
