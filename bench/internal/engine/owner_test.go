package engine

import (
	"os"
	"testing"
)

func TestSessionID(t *testing.T) {
	id := newSession()
	o, ok := parseSession(id)
	if !ok || o != self() {
		t.Errorf("%s is of %+v, %v; want %+v", id, o, ok, self())
	}
	if id == newSession() {
		t.Errorf("two sessions of the id %s", id)
	}
	if name := databaseName(id, "template"); len(name) > 63 {
		t.Errorf("%q has %d bytes, Postgres takes 63", name, len(name))
	}
	for _, bad := range []string{"", "x", id + "-", id + "x", "../" + id, "abcdef-abcdef-abcdef-zzzzzzzzzzzzzzz-1-abcdef"} {
		if o, ok := parseSession(bad); ok {
			t.Errorf("%q is of %+v", bad, o)
		}
	}
	if abandoned(id) || abandoned("no id") {
		t.Error("a session of this process, or none at all, counts as abandoned")
	}
}

func FuzzParseSession(f *testing.F) {
	f.Add(newSession())
	f.Add("abcdef-abcdef-abcdef-1-1-abcdef")
	f.Fuzz(func(t *testing.T, id string) {
		if o, ok := parseSession(id); ok && o.PID < 0 {
			t.Errorf("%q: %+v", id, o)
		}
	})
}

func TestAbandoned(t *testing.T) {
	me := owner{Machine: "m", Boot: "b", PIDs: "n", PID: 1, Start: 1}
	running := func(pid int) (uint64, bool) { return 77, pid == 42 } // the only process
	cases := []struct {
		name string
		of   owner
		want bool
	}{
		{"it runs", owner{"m", "b", "n", 42, 77}, false},
		{"it has ended", owner{"m", "b", "n", 43, 77}, true},
		{"its pid is another's", owner{"m", "b", "n", 42, 50}, true},
		{"before a reboot", owner{"m", "x", "n", 42, 77}, true},
		{"another container", owner{"m", "b", "x", 43, 77}, false},
		{"another machine", owner{"x", "x", "x", 43, 77}, false},
	}
	for _, c := range cases {
		if got := c.of.abandoned(me, running); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestStartTime(t *testing.T) {
	if _, alive := startTime(os.Getpid()); !alive {
		t.Error("this process counts as dead")
	}
}
