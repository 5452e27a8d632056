package sampler

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// write puts a new file in the place of the old.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// A file stays open from its second reading on; then it is the same file that
// is read, whatever its name leads to.
func TestFilesStayOpenFromTheSecondReadingOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	d := openDir(filepath.Dir(path))
	for i, want := range []string{"one", "two", "two", "two"} {
		write(t, path, []string{"one", "two", "three", "four"}[i])
		if got, err := d.readOften("f"); err != nil || string(got) != want {
			t.Errorf("reading %d: %q, %v, want %q", i, got, err, want)
		}
	}
	d.closeAllBut(func(string) bool { return false })
	if got, err := d.readOften("f"); err != nil || string(got) != "four" || len(d.open) != 1 {
		t.Errorf("once it is closed: %q, %v", got, err)
	}
	if _, err := d.readOften("g"); !gone(err) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// A pid that comes up again is another process: its files are opened anew.
func TestOpenFilesOfAProcessThatEnds(t *testing.T) {
	c := exec.Command("sleep", "60")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	d := openDir("/proc")
	name := strconv.Itoa(c.Process.Pid) + "/stat"
	for range 3 {
		if _, err := d.readOften(name); err != nil {
			t.Fatal(err)
		}
	}
	if d.open[name] == nil {
		t.Error("it is not open")
	}
	_ = c.Process.Kill()
	_ = c.Wait() // says that it was killed
	if text, err := d.readOften(name); !gone(err) {
		t.Errorf("after its end: %q, %v", text, err)
	}
	if _, ok := d.open[name]; ok {
		t.Error("the file of a process that is gone is still open")
	}
}

// A sampler that runs for days while workers come and go does not run out of
// descriptors.
func TestOnlyFilesOfListedProcessesStayOpen(t *testing.T) {
	s, err := Open(Options{Root: startService(t, service{workers: workers}), Proc: "/proc", Rate: 5})
	if err != nil {
		t.Fatal(err)
	}
	s.tree.proc.open["2147483647/stat"] = nil
	for range 3 {
		if _, err := s.sample(); err != nil {
			t.Fatal(err)
		}
	}
	open := 0
	for name, f := range s.tree.proc.open {
		if f != nil && name != "loadavg" { // or of an unrelated process that has just started
			open++
		}
	}
	if _, ok := s.tree.proc.open["2147483647/stat"]; ok || open != 2*(workers+1) { // stat and statm
		t.Errorf("%d files are open, want %d: %v", open, 2*(workers+1), s.tree.proc.open)
	}
}
