package engine

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A program that does not call WatchdogMain would start itself again and again.
func TestWatchdogForgotten(t *testing.T) {
	for _, program := range [][]string{{"true"}, {"cat"}, {"sh", "-c", "echo usage: sh; sleep 600"}} {
		if _, err := startWatchdog(exec.Command(program[0], program[1:]...), estate{Session: newSession()}); err == nil || !strings.Contains(err.Error(), "engine.WatchdogMain must be the first call in main") {
			t.Errorf("%q is taken for a watchdog: %v", program, err)
		}
	}
	t.Setenv(watchdogEnv, "1")
	if _, err := watch(estate{Session: newSession()}, t.TempDir()); err == nil || !strings.Contains(err.Error(), "this process is a watchdog") {
		t.Errorf("a watchdog opens a session: %v", err)
	}
}

func TestGuard(t *testing.T) {
	e := estate{Session: newSession()}
	if err := makeFolder(e.folder()); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(e.folder())
	hand := `{"session": "` + e.Session + `"}` + "\n"
	var said bytes.Buffer
	if err := guard(strings.NewReader(hand+sessionClosed), &said); err != nil || said.String() != watchdogReady {
		t.Errorf("%v, %q", err, said.String())
	}
	if left := remains(t, e); len(left) != 1 {
		t.Errorf("after a session that cleans up itself: %q", left)
	}
	if err := guard(strings.NewReader(hand), &said); err != nil {
		t.Error(err)
	}
	if left := remains(t, e); len(left) != 0 {
		t.Errorf("after the end of the pipe: %q", left)
	}
	for _, bad := range []string{"", "no JSON\n"} {
		if err := guard(strings.NewReader(bad), &said); err == nil {
			t.Errorf("it guards %q", bad)
		}
	}
}
