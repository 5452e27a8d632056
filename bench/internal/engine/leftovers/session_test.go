package leftovers

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSessionID(t *testing.T) {
	id := NewSession()
	o, ok := parseSession(id)
	if !ok || o != self() {
		t.Errorf("%s is of %+v, %v; want %+v", id, o, ok, self())
	}
	if id == NewSession() {
		t.Errorf("two sessions of the id %s", id)
	}
	for _, bad := range []string{"", "x", id + "-", id + "x", "../" + id, "abcdef-abcdef-abcdef-zzzzzzzzzzzzzzz-1-abcdef"} {
		if o, ok := parseSession(bad); ok {
			t.Errorf("%q is of %+v", bad, o)
		}
	}
	if o.fateOf(self(), startTime) != alive {
		t.Error("a session of this process is not alive")
	}
}

func FuzzParseSession(f *testing.F) {
	f.Add(NewSession())
	f.Add("abcdef-abcdef-abcdef-1-1-abcdef")
	f.Fuzz(func(t *testing.T, id string) {
		if o, ok := parseSession(id); ok && o.PID < 0 {
			t.Errorf("%q: %+v", id, o)
		}
	})
}

// TestFate: only an owner that would be seen from here if it ran has ended.
func TestFate(t *testing.T) {
	me := owner{Installation: "i", Boot: "b", PIDs: "n", PID: 1, Start: 1}
	running := func(pid int) (uint64, bool) { return 77, pid == 42 } // the only process
	cases := []struct {
		name string
		of   owner
		want fate
	}{
		{"it runs", owner{"i", "b", "n", 42, 77}, alive},
		{"it has ended", owner{"i", "b", "n", 43, 77}, ended},
		{"its pid is another's", owner{"i", "b", "n", 42, 50}, ended},
		{"before a reboot, or on a clone of the machine", owner{"i", "x", "n", 43, 77}, earlierBoot},
		{"in another container, killed or not", owner{"i", "b", "x", 43, 77}, unseen},
		{"of a killed container with a cache of its own", owner{"x", "b", "x", 43, 77}, unseen},
		{"on another machine of the same name and ids", owner{"x", "b", "n", 43, 77}, unseen},
		{"on another machine whose process has our pid", owner{"x", "x", "x", 1, 1}, unseen},
	}
	for _, c := range cases {
		if got := c.of.fateOf(me, running); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	// Two machines outside Linux know neither boot nor PID namespace.
	mac := owner{Installation: "i", PID: 1}
	if got := (owner{Installation: "j", PID: 43}).fateOf(mac, running); got != unseen {
		t.Errorf("a process of another Mac is %v", got)
	}
}

// TestEnded: a folder is on this machine; containers may belong to any machine's run.
func TestEnded(t *testing.T) {
	for _, c := range []struct {
		r    Remains
		want bool
	}{
		{Remains{fate: ended, Things: map[string]int{"container": 1}}, true},
		{Remains{fate: alive, Folder: true}, false},
		{Remains{fate: unseen, Folder: true}, false},
		{Remains{fate: earlierBoot, Folder: true}, true},
		{Remains{fate: earlierBoot, Folder: true, Things: map[string]int{"network": 1}}, false},
		{Remains{fate: earlierBoot, Folder: true, Things: map[string]int{"database": 1}}, false},
		{Remains{fate: unseen, Things: map[string]int{"container": 1}}, false},
	} {
		if got := c.r.Ended(); got != c.want {
			t.Errorf("%+v: %v", c.r, got)
		}
	}
}

// TestInstallation: an id is made once, is for its owner alone, and one that is
// damaged is made anew. Many processes at once get one.
func TestInstallation(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "memproof")
	ids := make(chan string)
	for i := range 20 {
		go func() { ids <- installationIn(dir, fmt.Sprintf("%032x", i+1)) }()
	}
	first := <-ids
	for range 19 {
		if id := <-ids; id != first {
			t.Errorf("two ids, %s and %s", first, id)
		}
	}
	path := filepath.Join(dir, installationFile)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.WriteFile(path, []byte("cut"), 0o600); err != nil {
		t.Fatal(err)
	}
	second := installationIn(dir, strings.Repeat("a", 32))
	if second != strings.Repeat("a", 32) || installationIn(dir, first) != second {
		t.Errorf("after damage the id is %s", second)
	}
	if id := installationIn("/dev/null/x", first); id != first {
		t.Errorf("where none can be kept it is %s", id)
	}
}

func TestStartTime(t *testing.T) {
	if _, alive := startTime(os.Getpid()); !alive {
		t.Error("this process counts as dead")
	}
}
