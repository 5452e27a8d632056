//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/measure"
)

func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "injector")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// TestInjectorBecomesTheProgram: the program has the pid, the streams and the exit
// status that it would have without, and one child that holds the memory.
func TestInjectorBecomesTheProgram(t *testing.T) {
	const script = `read line; echo "got $line"; cat /proc/self/status >&2
for c in $(cat /proc/$$/task/$$/children); do grep -s RssAnon /proc/$c/status; done; exit 5`
	cmd := exec.Command(build(t), "-memory", "40000000", "--", "sh", "-c", script)
	cmd.Stdin = strings.NewReader("hello\n")
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != 5 {
		t.Errorf("exit status %d (%v), want the program's 5", got, err)
	}
	var reported uint64
	if n, err := fmt.Sscanf(stderr.String(), measure.HeldLine+"%d\n", &reported); n != 1 || reported < 40e6 || reported > 50e6 {
		t.Errorf("the first line on standard error is %q, %v; want about 40 MB by smaps", stderr.String(), err)
	}
	if !strings.HasPrefix(out.String(), "got hello\n") {
		t.Errorf("the program printed %q", out.String())
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

// TestAnonymous reads a real file of Linux 6.1, and refuses one without the line.
func TestAnonymous(t *testing.T) {
	file := filepath.Join(t.TempDir(), "smaps_rollup")
	const text = "559a8f0c5000-7ffd5d7a2000 ---p 00000000 00:00 0                          [rollup]\nRss:                1840 kB\nPss:                 512 kB\nAnonymous:           392 kB\nLazyFree:              0 kB\nAnonHugePages:         0 kB\n"
	for content, want := range map[string]uint64{text: 392 << 10, "Rss: 1 kB\n": 0, "": 0} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := anonymous(file); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d, %v; want %d", content, got, err, want)
		}
	}
}

func TestInjectorRefuses(t *testing.T) {
	for _, args := range [][]string{{}, {"-memory", "1"}, {"-memory", "0", "--", "true"}, {"-memory", "-5", "--", "true"}, {"-memory", "much", "--", "true"}} {
		if err := run(args, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "want -memory BYTES") {
			t.Errorf("%q: %v", args, err)
		}
	}
	if err := run([]string{"-memory", "1", "--", "/no/such/program"}, os.Stderr); err == nil || !strings.Contains(err.Error(), "/no/such/program") {
		t.Errorf("a missing program: %v", err)
	}
}
