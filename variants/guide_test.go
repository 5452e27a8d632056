package variants_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/memproof/memproof/variants/internal/proctest"
)

// The rows of the guide that show in a running service. TestGuideWorkerFormula, TestGuideRecyclingNumbers,
// TestGuidePooledClient and TestGuidePoolSettings are beside the code that they hold, in package gateway; TestGuidePreload is
// in preload_test.go.

// TestGuideOneScheduler counts by the guide's own log lines: one in each worker before, one in the master after.
func TestGuideOneScheduler(t *testing.T) {
	for build, want := range map[string][3]int{"before": {5, 0, 0}, "after": {0, 1, 3}} {
		s := startService(t, nil, build)
		s.stop()
		for i, line := range []string{inWorker, inMaster, skipped} {
			if got := strings.Count(s.Output(), line); got != want[i] {
				t.Errorf("%s: the log has %q %d times, want %d", build, line, got, want[i])
			}
		}
	}
}

func TestGuideEnvironmentVariables(t *testing.T) {
	bind := proctest.FreeAddress(t)
	s := startServiceAt(t, bind, []string{"GUNICORN_WORKERS=2"}, "after")
	var v map[string]string
	s.get("/variantz", &v)
	if n := len(s.workers()); n != 2 || v["worker_count"] != "2" {
		t.Errorf("GUNICORN_WORKERS=2 gives %d workers, and /variantz says %s", n, v["worker_count"])
	}
	if want := "Listening at: http://" + bind; !strings.Contains(s.Output(), want) {
		t.Errorf("GUNICORN_BIND=%s: the log lacks %q", bind, want)
	}
}

// TestGuideGCTrace: lines of the workers, and of the single process, where they are asked for and only there.
func TestGuideGCTrace(t *testing.T) {
	line := regexp.MustCompile(`(?m)^gc \d+ @[\d.]+s \d+%: `)
	for _, build := range []string{"after", "single"} {
		quiet, traced := startService(t, nil, build), startService(t, []string{"GATEWAY_GC_TRACE=true"}, build)
		quiet.stop()
		traced.stop()
		if line.MatchString(quiet.Output()) {
			t.Errorf("%s: collections are traced that nobody asked for", build)
		}
		if !line.MatchString(traced.Output()) {
			t.Errorf("%s: GATEWAY_GC_TRACE=true traces nothing", build)
		}
	}
}

// TestGuideExitMemoryLine: one for each worker that has exited, killed or not, in the guide's words.
func TestGuideExitMemoryLine(t *testing.T) {
	line := regexp.MustCompile(`msg="Worker (\d+) exited\. Memory used: \d+\.\d\d MB"`)
	quiet, telling := startService(t, nil, "after"), startService(t, []string{"GATEWAY_EXIT_MEMORY=true"}, "after")
	killed := telling.workers()[0]
	if err := syscall.Kill(killed, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(proctest.Deadline); !line.MatchString(telling.Output()); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the master does not tell of the worker that was killed")
		}
	}
	quiet.stop()
	telling.stop()
	if line.MatchString(quiet.Output()) {
		t.Error("memory is told that nobody asked for")
	}
	told := line.FindAllStringSubmatch(telling.Output(), -1)
	if len(told) < 3 || told[0][1] != fmt.Sprint(killed) {
		t.Errorf("told of %v, want of %d, which was killed, and then of the others", told, killed)
	}
}

// workers are the pids of the master's children, the oldest first.
func (s *service) workers() []int {
	s.t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", s.PID()))
	if err != nil {
		s.t.Fatal(err)
	}
	var pids []int
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue // a thread that has ended
		}
		for _, field := range strings.Fields(string(text)) {
			var pid int
			if _, err := fmt.Sscan(field, &pid); err != nil {
				s.t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	if len(pids) == 0 {
		s.t.Fatal("the master has no children")
	}
	return pids
}
