package host

import (
	"os/exec"
	"testing"

	"github.com/prometheus/procfs"
)

// TestTreeTicks: the root and its descendants count, other processes do not, and a
// circle of pids ends.
func TestTreeTicks(t *testing.T) {
	all := map[int]procfs.ProcStat{
		1: {PPID: 0, UTime: 1000}, 10: {PPID: 1, UTime: 1}, 11: {PPID: 10, STime: 20},
		12: {PPID: 11, CUTime: 100, CSTime: 200}, 13: {PPID: 1, UTime: 4000},
		20: {PPID: 21, UTime: 50000}, 21: {PPID: 20, UTime: 50000},
	}
	if got := treeTicks(all, 10); got != 321 {
		t.Errorf("%d ticks, want 321", got)
	}
}

// TestCPUOfAProcess: the time of a child counts after its end too.
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
	if s, err := c.CPU(t.Context()); err != nil || s <= 0 {
		t.Errorf("%v s, %v", s, err)
	}
	in.Close()
	_ = cmd.Wait() // read fails at the end of its input
	if s, err := c.CPU(t.Context()); err == nil {
		t.Errorf("a process that has ended used %v s", s)
	}
}
