//go:build linux

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "spike")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// TestSpikeBecomesTheProgram: the program has the pid, the streams and the exit
// status that it would have without, and one child that holds the memory.
func TestSpikeBecomesTheProgram(t *testing.T) {
	const script = `read line; echo "got $line"; cat /proc/self/status >&2
for c in $(cat /proc/$$/task/$$/children); do grep -s RssAnon /proc/$c/status; done; exit 5`
	cmd := exec.Command(build(t), "-memory", "40000000", "--", "sh", "-c", script)
	cmd.Stdin = strings.NewReader("hello\n")
	var out bytes.Buffer
	cmd.Stdout = &out
	err := cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != 5 {
		t.Errorf("exit status %d (%v), want the program's 5", got, err)
	}
	if !strings.HasPrefix(out.String(), "got hello\n") {
		t.Errorf("the program said %q", out.String())
	}
	held := 0
	for _, line := range strings.Split(out.String(), "\n") {
		if f := strings.Fields(line); len(f) == 3 && len(f[1]) == 5 { // tens of thousands of kB
			held++
		}
	}
	if held != 1 {
		t.Errorf("%d children hold tens of megabytes, want 1:\n%s", held, out.String())
	}
}

func TestSpikeRefuses(t *testing.T) {
	for _, args := range [][]string{{}, {"-memory", "1"}, {"-memory", "0", "--", "true"}, {"-memory", "-5", "--", "true"}, {"-memory", "much", "--", "true"}} {
		if err := run(args, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "want -memory BYTES") {
			t.Errorf("%q: %v", args, err)
		}
	}
	if err := run([]string{"-memory", "1", "--", "/no/such/program"}, os.Stderr); err == nil || !strings.Contains(err.Error(), "/no/such/program") {
		t.Errorf("a program that is not there: %v", err)
	}
}
