package engine

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

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/prometheus/procfs"
)

// startCommand starts a shell's line on the host engine, and its sampler.
func startCommand(t *testing.T, s *Session, line string) (*child, *feed) {
	t.Helper()
	sp := spec{program: program{who: "the test", fact: "line", Program: scenario.Program{Command: []string{"sh", "-c", line}}},
		name: "line", log: filepath.Join(t.TempDir(), "line.log")}
	p, err := s.backend.start(t.Context(), sp)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := p.stop(context.Background(), 0); err != nil {
			t.Error(err)
		}
	})
	feed, err := s.backend.sample(t.Context(), p, s.sampling("sampler", samplerRate))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := feed.stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p.(*child), feed
}

// sampleUntil is the first sample that is good.
func sampleUntil(t *testing.T, f *feed, good func(metric.Sample) bool) (found metric.Sample) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var last metric.Sample
	err := f.sample(ctx, func(s metric.Sample) error {
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

// TestOrphansAreMeasured: a process whose parent has ended counts as it does in
// a container, whatever it does to get away, and ends with the service.
func TestOrphansAreMeasured(t *testing.T) {
	for name, away := range map[string]string{
		"its parent ends":             "(%s &)",
		"a double fork":               "((%s &) &)",
		"a session of its own":        "(setsid %s &)",
		"neither mark nor directory":  "(cd / && exec env -i setsid %s &)",
		"the same, and a double fork": "(cd / && (env -i setsid %s &) &)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openBare(t, Host, program{who: "the test", fact: "spike", Program: goProgram(spikePackage)})
			holder := fmt.Sprintf("%s -hold %d >/dev/null", s.backend.(*host).paths[spikePackage], orphanHolds)
			c, feed := startCommand(t, s, fmt.Sprintf(away, holder)+"; exec sleep 600")
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
			if _, err := c.stop(t.Context(), time.Minute); err != nil {
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

// TestOrphansLeaveNoZombies: the keeper waits for them.
func TestOrphansLeaveNoZombies(t *testing.T) {
	s := openBare(t, Host)
	c, feed := startCommand(t, s, "for i in 1 2 3 4 5 6 7 8; do (true &); done; exec sleep 600")
	sampleUntil(t, feed, func(s metric.Sample) bool { return len(s.Processes) == 1 && s.Processes[0].Name == "sleep" })
	for end := time.Now().Add(time.Minute); ; time.Sleep(pollEvery) {
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

// TestKeeperTellsHowItEnded: the service's end is told, and not the keeper's.
func TestKeeperTellsHowItEnded(t *testing.T) {
	s := openBare(t, Host)
	for line, want := range map[string]outcome{
		"exit 0": {}, "exit 7": {code: 7}, "kill -9 $$": {code: -1, signal: 9}, "kill -TERM $$": {code: -1, signal: 15},
		"kill -TERM 0":          {code: -1, signal: 15}, // its process group is its own
		"(sleep 600 &); exit 3": {code: 3},
		"trap 'exit 5' TERM; kill -TERM $PPID; sleep 600": {code: -1, signal: 9}, // the keeper is asked to end
	} {
		p, err := s.backend.start(t.Context(), spec{program: program{Program: scenario.Program{Command: []string{"sh", "-c", line}}},
			name: "line", log: filepath.Join(t.TempDir(), "line.log")})
		if err != nil {
			t.Fatal(err)
		}
		<-p.done()
		if got := p.end(); got != want {
			t.Errorf("%s: %+v, want %+v", line, got, want)
		}
		if got, err := p.stop(t.Context(), 0); got != want || err != nil {
			t.Errorf("%s: stop gave %+v, %v", line, got, err)
		}
	}
}

// TestKeeperTellsWhatCanNotStart.
func TestKeeperTellsWhatCanNotStart(t *testing.T) {
	s := openBare(t, Host)
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no program"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := s.backend.start(t.Context(), spec{program: program{Program: scenario.Program{Command: []string{text}}}, name: "text", log: text + ".log"})
	if err == nil || !strings.Contains(err.Error(), text+": exec format error") {
		t.Errorf("got %v", err)
	}
	if left := remains(t, s.estate); len(left) != 1 { // the folder
		t.Errorf("left behind: %q", left)
	}
}

// TestKeeperEndsWithTheHarness, and what it keeps with it.
func TestKeeperEndsWithTheHarness(t *testing.T) {
	s := openBare(t, Host)
	c, feed := startCommand(t, s, "(cd / && exec env -i setsid sleep 601) & exec sleep 600")
	got := sampleUntil(t, feed, func(s metric.Sample) bool {
		return len(s.Processes) == 2 && s.Processes[0].Name == "sleep" && s.Processes[1].Name == "sleep"
	})
	if err := s.backend.close(); err != nil { // as the kernel ends its thread
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
