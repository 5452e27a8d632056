package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/prometheus/procfs"
)

// root is the directory of go.mod.
var root = filepath.Join("..", "..", "..", "..")

func TestMain(m *testing.M) {
	keepMain()
	os.Exit(m.Run())
}

// openBare opens a back end with the given programs built.
func openBare(t *testing.T, programs ...backend.Program) *host {
	t.Helper()
	left := leftovers.Leftovers{Session: leftovers.NewSession()}
	if err := left.MakeFolder(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		var none leftovers.Places
		if err := none.Remove(context.Background(), left); err != nil {
			t.Error(err)
		}
	})
	b, err := open(t.Context(), backend.Options{
		Session: left.Session, Root: root, Logs: t.TempDir(), Folder: left.Folder(),
		Scenario: &scenario.Scenario{Limits: scenario.Limits{CPUs: 1}}, Say: func(line string) { t.Log(line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := b.Provide(t.Context(), append(programs, backend.Sampler())); err != nil {
		t.Fatal(err)
	}
	return b.(*host)
}

// startCommand starts a line of shell and its sampler.
func startCommand(t *testing.T, h *host, line string) (*child, *backend.Feed) {
	t.Helper()
	p, err := h.Start(t.Context(), shell(t, line))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := p.Stop(context.Background(), 0); err != nil {
			t.Error(err)
		}
	})
	feed, err := h.Sample(t.Context(), p, backend.Sampling{Name: "sampler", Rate: 5, Log: filepath.Join(t.TempDir(), "sampler.log")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := feed.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p.(*child), feed
}

// shell is a program that runs a line of shell.
func shell(t *testing.T, line string) backend.Spec {
	t.Helper()
	return backend.Spec{
		Program: backend.Program{Who: "the test", Fact: "line", Program: scenario.Program{Command: []string{"sh", "-c", line}}},
		Name:    "line", Log: filepath.Join(t.TempDir(), "line.log"),
	}
}

// sampleUntil returns the first good sample.
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

const orphanHolds = 100 << 20

// TestOrphansAreMeasured: a process whose parent has ended counts as in a container,
// however it detaches, and ends with the service.
func TestOrphansAreMeasured(t *testing.T) {
	for name, away := range map[string]string{
		"its parent ends":             "(%s &)",
		"a double fork":               "((%s &) &)",
		"a session of its own":        "(setsid %s &)",
		"neither tag nor directory":   "(cd / && exec env -i setsid %s &)",
		"the same, and a double fork": "(cd / && (env -i setsid %s &) &)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openBare(t, backend.GoProgram("the test", "injector", backend.InjectorPackage))
			holder := fmt.Sprintf("%s -hold %d >/dev/null", h.paths[backend.InjectorPackage], orphanHolds)
			c, feed := startCommand(t, h, fmt.Sprintf(away, holder)+"; exec sleep 600")
			got := sampleUntil(t, feed, func(s metric.Sample) bool {
				pss, ok := s.PSS()
				return ok && pss > orphanHolds
			})
			if pss, _ := got.PSS(); pss > orphanHolds+64<<20 {
				t.Errorf("%d bytes, want the holder's %d and little else", pss, orphanHolds)
			}
			if slices.ContainsFunc(got.Processes, func(p metric.Process) bool { return p.PID == c.cmd.Process.Pid }) {
				t.Error("the keeper is in the figures")
			}
			owns, err := h.Owns(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range got.Processes {
				if !owns(p.PID) {
					t.Errorf("%s, %d, is not the session's", p.Name, p.PID)
				}
			}
			if _, err := c.Stop(t.Context(), time.Minute); err != nil {
				t.Fatal(err)
			}
			for _, p := range got.Processes {
				if lives(p.PID, p.Start) {
					t.Errorf("%s, %d, outlived the service", p.Name, p.PID)
				}
			}
		})
	}
}

func lives(pid int, start uint64) bool {
	p, err := procfs.NewProc(pid)
	if err != nil {
		return false
	}
	s, err := p.Stat()
	return err == nil && s.Starttime == start
}

// TestOrphansLeaveNoZombies: the keeper reaps them.
func TestOrphansLeaveNoZombies(t *testing.T) {
	h := openBare(t)
	c, feed := startCommand(t, h, "for i in 1 2 3 4 5 6 7 8; do (true &); done; exec sleep 600")
	sampleUntil(t, feed, func(s metric.Sample) bool { return len(s.Processes) == 1 && s.Processes[0].Name == "sleep" })
	for end := time.Now().Add(time.Minute); ; time.Sleep(backend.PollEvery) {
		all, err := procfs.AllProcs()
		if err != nil {
			t.Fatal(err)
		}
		children := 0
		for _, p := range all {
			if s, err := p.Stat(); err == nil && s.PPID == c.cmd.Process.Pid {
				children++
			}
		}
		if children == 1 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the keeper has %d children, want the service alone", children)
		}
	}
}

// TestKeeperReportsTheOutcome: of the service, and not the keeper's own.
func TestKeeperReportsTheOutcome(t *testing.T) {
	h := openBare(t)
	for line, want := range map[string]backend.Outcome{
		"exit 0": {}, "exit 7": {Code: 7}, "kill -9 $$": {Code: -1, Signal: 9}, "kill -TERM $$": {Code: -1, Signal: 15},
		"kill -TERM 0":          {Code: -1, Signal: 15}, // its process group is its own
		"(sleep 600 &); exit 3": {Code: 3},
		"trap 'exit 5' TERM; kill -TERM $PPID; sleep 600": {Code: -1, Signal: 9}, // the keeper is asked to end
	} {
		p, err := h.Start(t.Context(), shell(t, line))
		if err != nil {
			t.Fatal(err)
		}
		<-p.Done()
		if got := p.End(); got != want {
			t.Errorf("%s: %+v, want %+v", line, got, want)
		}
		if got, err := p.Stop(t.Context(), 0); got != want || err != nil {
			t.Errorf("%s: stop gave %+v, %v", line, got, err)
		}
	}
}

// TestKeeperReportsAStartError: a file that is not a program is an error of Start.
func TestKeeperReportsAStartError(t *testing.T) {
	h := openBare(t)
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no program"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := h.Start(t.Context(), backend.Spec{Program: backend.Program{Program: scenario.Program{Command: []string{text}}}, Name: "text", Log: text + ".log"})
	if err == nil || !strings.Contains(err.Error(), text+": exec format error") {
		t.Errorf("got %v", err)
	}
	if left, err := leftovers.FindTagged(h.opts.Session); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestKeeperEndsWithTheHarness: and all that its service started ends with it.
func TestKeeperEndsWithTheHarness(t *testing.T) {
	h := openBare(t)
	c, feed := startCommand(t, h, "(cd / && exec env -i setsid sleep 601) & exec sleep 600")
	got := sampleUntil(t, feed, func(s metric.Sample) bool {
		return len(s.Processes) == 2 && s.Processes[0].Name == "sleep" && s.Processes[1].Name == "sleep"
	})
	if err := h.Close(); err != nil { // as the kernel ends its thread
		t.Fatal(err)
	}
	<-c.gone
	for _, p := range got.Processes {
		if lives(p.PID, p.Start) {
			t.Errorf("%s, %d, outlived the harness", p.Name, p.PID)
		}
	}
	if err := c.process().Signal(syscall.Signal(0)); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("the service: %v", err)
	}
}
