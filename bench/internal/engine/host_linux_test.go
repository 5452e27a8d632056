package engine

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// TestFilesWithPasswordsArePrivate: of the files that a service finds, the one
// that is given the database's password is for its user alone.
func TestFilesWithPasswordsArePrivate(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"app.conf": "url = ${database.url}\n", "page.html": "port ${port} of ${nobody}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sc, err := scenario.Inputs{Dir: dir}.ParseScenario("files.yaml", []byte(`
name: files
variants: [{name: shell, command: [sh, -c, "echo up; sleep 60"], files: {app.conf: '', page.html: ''}}]
database: {settings: {shared_buffers: 16MB}}
limits: {cpus: 1}
ready: {log: up, within: 20s}
stop: {grace: 1s}
load: {target: {path: /}, phases: [{name: window, rate: 10/s, for: 1s, measure: true}]}
blocks: 2
`))
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, Host, sc)
	subject, err := s.Start(t.Context(), plan(s, "shell", t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	placed, _ := s.backend.FilesDir("variant-shell")
	for name, want := range map[string]fs.FileMode{"app.conf": 0o600, "page.html": 0o644, ".": fs.ModeDir | 0o711} {
		info, err := os.Stat(filepath.Join(placed, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode(); got&^want != 0 { // the umask may take more away
			t.Errorf("%s is %v, want at most %v", name, got, want)
		}
	}
	if _, err := subject.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestInterruptCutsTheGrace: a program that ignores the signal is killed soon after
// the run was interrupted, however long its grace.
func TestInterruptCutsTheGrace(t *testing.T) {
	s := openBare(t, Host)
	c, feed := startCommand(t, s, "trap '' TERM; exec sleep 600")
	sampleUntil(t, feed, func(s metric.Sample) bool { return len(s.Processes) == 1 && s.Processes[0].Name == "sleep" })
	run, cancel := context.WithCancel(t.Context())
	hurried, done := hurry(t.Context(), run, 100*time.Millisecond)
	defer done()
	cancel()
	if got, err := c.Stop(hurried, time.Hour); got.Signal != 9 || err != nil {
		t.Errorf("ended %+v, %v; want signal 9", got, err)
	}
}

// TestGraceOfLessThanASecond: it is waited for to the millisecond, and not cut to
// whole seconds.
func TestGraceOfLessThanASecond(t *testing.T) {
	s := openBare(t, Host)
	c, feed := startCommand(t, s, "trap '' TERM; exec sleep 600")
	sampleUntil(t, feed, func(s metric.Sample) bool { return len(s.Processes) == 1 && s.Processes[0].Name == "sleep" })
	began := time.Now()
	got, err := c.Stop(t.Context(), 900*time.Millisecond)
	if took := time.Since(began); got.Signal != 9 || err != nil || took < 900*time.Millisecond {
		t.Errorf("ended %+v, %v, after %v; want signal 9 after at least 900 ms", got, err, took)
	}
}

// startCommand starts a shell's line on the host engine, and its sampler.
func startCommand(t *testing.T, s *Session, line string) (backend.Process, *backend.Feed) {
	t.Helper()
	p, err := s.backend.Start(t.Context(), backend.Spec{
		Program: backend.Program{Who: "the test", Fact: "line", Program: scenario.Program{Command: []string{"sh", "-c", line}}},
		Name:    "line", Log: filepath.Join(t.TempDir(), "line.log"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := p.Stop(context.Background(), 0); err != nil {
			t.Error(err)
		}
	})
	feed, err := s.backend.Sample(t.Context(), p, s.sampling("sampler", samplerRate))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := feed.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p, feed
}

// sampleUntil is the first sample that is good.
func sampleUntil(t *testing.T, f *backend.Feed, good func(metric.Sample) bool) (found metric.Sample) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var last metric.Sample
	err := f.Sample(ctx, func(s metric.Sample) error {
		if last = s; found.At.IsZero() && good(s) {
			found = s
			cancel()
		}
		return nil
	})
	if err != nil || found.At.IsZero() {
		t.Fatalf("no such sample: %v; the last: %+v", err, last)
	}
	return found
}
