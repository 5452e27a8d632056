package leftovers

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
		if _, err := startWatchdog(exec.Command(program[0], program[1:]...), Leftovers{Session: NewSession()}); err == nil || !strings.Contains(err.Error(), "engine.WatchdogMain must be the first call in main") {
			t.Errorf("%q is taken for a watchdog: %v", program, err)
		}
	}
	t.Setenv(watchdogEnv, "1")
	if _, err := Watch(Leftovers{Session: NewSession()}, t.TempDir()); err == nil || !strings.Contains(err.Error(), "this process is a watchdog") {
		t.Errorf("a watchdog opens a session: %v", err)
	}
}

func TestGuard(t *testing.T) {
	var places Places
	l := Leftovers{Session: NewSession()}
	if err := l.MakeFolder(); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(l.Folder())
	isThere := func() bool {
		_, err := os.Stat(l.Folder())
		return err == nil
	}
	hand := `{"session": "` + l.Session + `"}` + "\n"
	var said bytes.Buffer
	if err := places.guard(strings.NewReader(hand+sessionClosed), &said); err != nil || said.String() != watchdogReady {
		t.Errorf("%v, %q", err, said.String())
	}
	if !isThere() {
		t.Error("a session that cleans up by itself was cleaned up")
	}
	if err := places.guard(strings.NewReader(hand), &said); err != nil {
		t.Error(err)
	}
	if isThere() {
		t.Error("the folder is there after the end of the pipe")
	}
	for _, bad := range []string{"", "no JSON\n"} {
		if err := places.guard(strings.NewReader(bad), &said); err == nil {
			t.Errorf("it guards %q", bad)
		}
	}
}
