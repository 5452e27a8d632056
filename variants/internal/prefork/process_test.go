package prefork

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestRecyclingDropsNoRequest(t *testing.T) {
	s := standing(t, plan{Workers: 2, MaxRequests: 50, Jitter: 0.5})
	requests, stop := s.load(t)
	s.await("40 recycled workers", func(st Status) bool { return t.Failed() || st.Recycled >= 40 })
	stop()
	s.await("a standing service", func(st Status) bool { return st.Ready == 2 })
	if s.logged("cut off") || s.logged("not handed over") || s.logged("lost") {
		t.Error("connections were lost")
	}
	t.Logf("%d requests", requests.Load())
}

func TestRecyclingByLifetimeDropsNoRequest(t *testing.T) {
	s := standing(t, plan{Workers: 2, MaxLifetime: 200 * time.Millisecond, Jitter: 1})
	_, stop := s.load(t)
	s.await("10 recycled workers", func(st Status) bool { return t.Failed() || st.Recycled >= 10 })
	stop()
}

func TestMasterDoesNotGrow(t *testing.T) {
	s := standing(t, plan{Workers: 2, MaxRequests: 20})
	before := s.descriptors()
	_, stop := s.load(t)
	s.await("20 recycled workers", func(st Status) bool { return t.Failed() || st.Recycled >= 20 })
	stop()
	eventually(t, "as many descriptors as at first", func() bool { return s.descriptors() <= before })
}

func (s *service) descriptors() int {
	s.t.Helper()
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	return len(fds)
}

func TestIdleConnectionOutlivesItsWorker(t *testing.T) {
	s := standing(t, plan{Workers: 1})
	idle := &http.Client{Transport: &http.Transport{}}
	first, err := s.ask(idle)
	if err != nil {
		t.Fatal(err)
	}
	s.signal(syscall.SIGHUP)
	eventually(t, "the worker gone", func() bool { return gone(first.PID) })
	// No dial: the answer must come over the connection that is there.
	idle.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("the connection was closed")
	}
	second, err := s.ask(idle)
	if err != nil {
		t.Fatal(err)
	}
	if second.Worker == first.Worker || second.Status.Spawned != 2 {
		t.Errorf("answers of %+v and %+v, want of two workers", first, second)
	}
}

// gone reports whether a process has ended; one that no one has waited for yet
// has. The state is the field after the name in brackets, see proc_pid_stat(5).
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, fields, _ := strings.Cut(string(stat), ") ")
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) || strings.HasPrefix(fields, "Z")
}

func TestReloadUnderLoadDropsNoRequest(t *testing.T) {
	s := standing(t, plan{Workers: 2})
	_, stop := s.load(t)
	for round := 1; round <= 5; round++ {
		s.signal(syscall.SIGHUP)
		s.await("two workers more", func(st Status) bool { return t.Failed() || st.Spawned == 2+2*round && st.Ready == 2 })
	}
	stop()
}

func TestMoreAndFewerWorkersUnderLoadDropNoRequest(t *testing.T) {
	s := standing(t, plan{Workers: 2})
	_, stop := s.load(t)
	for range 5 {
		s.signal(syscall.SIGTTIN)
		s.await("three workers", func(st Status) bool { return t.Failed() || st.Target == 3 && st.Ready == 3 })
		s.signal(syscall.SIGTTOU)
		s.await("two workers", func(st Status) bool { return t.Failed() || st.Target == 2 && st.Ready == 2 })
	}
	stop()
}

func TestTermToAWorkerReplacesItWithoutADrop(t *testing.T) {
	s := standing(t, plan{Workers: 1})
	_, stop := s.load(t)
	r, err := s.ask(http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	kill(t, r.PID, syscall.SIGTERM)
	s.await("a replacement", func(st Status) bool { return t.Failed() || st.Spawned == 2 })
	eventually(t, "the worker gone", func() bool { return gone(r.PID) })
	stop()
}

func kill(t *testing.T, pid int, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, sig); err != nil {
		t.Fatal(err)
	}
}

func TestKilledWorkerIsReplaced(t *testing.T) {
	s := standing(t, plan{Workers: 2})
	r, err := s.ask(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Parent != s.cmd.Process.Pid || r.PID == r.Parent {
		t.Errorf("answer of %+v, want of a child of %d", r, s.cmd.Process.Pid)
	}
	kill(t, r.PID, syscall.SIGKILL)
	s.await("a restart", func(st Status) bool { return st.Restarted == 1 && st.Spawned == 3 && st.Ready == 2 })
}

func TestHungWorkerIsReplaced(t *testing.T) {
	s := standing(t, plan{Workers: 2, Timeout: time.Second})
	r, err := s.ask(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}})
	if err != nil {
		t.Fatal(err)
	}
	kill(t, r.PID, syscall.SIGSTOP)
	s.awaitLog("WORKER TIMEOUT")
	eventually(t, "the worker gone", func() bool { return gone(r.PID) })
	s.await("a restart", func(st Status) bool { return st.Restarted >= 1 && st.Ready == 2 })
}

func (s *service) awaitLog(text string) {
	s.t.Helper()
	eventually(s.t, "log line "+text, func() bool { return s.logged(text) })
}

func TestWorkersDieWithTheirMaster(t *testing.T) {
	s := standing(t, plan{Workers: 3})
	var pids []int
	for field := range strings.FieldsSeq(s.children()) {
		var pid int
		if _, err := fmt.Sscan(field, &pid); err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	if len(pids) != 3 {
		t.Fatalf("%d workers, want 3", len(pids))
	}
	s.signal(syscall.SIGKILL)
	for _, pid := range pids {
		eventually(t, "a worker's end", func() bool { return gone(pid) })
	}
	s.exit()
}

// The control socket alone ends a worker too: here its master lives on.
func TestWorkerExitsWhenItsControlSocketEnds(t *testing.T) {
	p := plan{Bind: "127.0.0.1:0", Workers: 1, Dir: t.TempDir()}
	mark, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(serviceMark, string(mark))
	s, err := open(p.options())
	if err != nil {
		t.Fatal(err)
	}
	workers := &processes{shared: s.files(), running: map[int]*process{}, events: make(chan event), log: slog.Default()}
	runtime.LockOSThread() // the worker lives as long as this thread
	defer runtime.UnlockOSThread()
	if _, err := workers.spawn(p.options().withDefaults().terms(7)); err != nil {
		t.Fatal(err)
	}
	for e := range workers.events {
		if e.end != nil {
			t.Fatalf("the worker ended with %#x before it was ready", e.end.status)
		}
		if e.message == msgReady {
			break
		}
	}
	if err := workers.running[7].control.Close(); err != nil {
		t.Fatal(err)
	}
	for e := range workers.events {
		if e.end != nil {
			if e.end.status.ExitStatus() != exitFailed {
				t.Errorf("the worker ended with %#x, want exit status %d", e.end.status, exitFailed)
			}
			return
		}
	}
}

// children are the pids of the master's children, by any of its threads.
func (s *service) children() string {
	s.t.Helper()
	tasks := fmt.Sprintf("/proc/%d/task", s.cmd.Process.Pid)
	threads, err := os.ReadDir(tasks)
	if err != nil {
		s.t.Fatal(err)
	}
	var all strings.Builder
	for _, thread := range threads {
		pids, err := os.ReadFile(tasks + "/" + thread.Name() + "/children")
		if err != nil {
			s.t.Fatal(err)
		}
		all.Write(pids)
	}
	return all.String()
}

func TestTermAnswersWhatIsUnderWay(t *testing.T) {
	s := standing(t, plan{Workers: 2})
	status := make(chan int)
	go s.long(status)
	eventually(t, "the request", func() bool { return s.has("begun") })
	s.signal(syscall.SIGTERM)
	s.awaitLog("Shutting down: Master")
	eventually(t, "connections refused", func() bool {
		c, err := net.Dial("tcp", s.addr)
		if err == nil {
			c.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	})
	s.leave("release")
	if got := <-status; got != http.StatusOK {
		t.Errorf("the request under way got status %d", got)
	}
	if code := s.exit(); code != exitOK {
		t.Errorf("exit status %d, want %d", code, exitOK)
	}
	for _, file := range []string{"when_ready", "stopping"} {
		if !s.has(file) {
			t.Errorf("the master did not get to %q", file)
		}
	}
	if !s.logged("Handling signal: term") || !s.logged("Booting worker with pid") || !s.logged("Worker exiting") {
		t.Error("gunicorn's log lines are missing")
	}
}

// However many other signals wait before it, TERM is not the one that is lost.
func TestTermBehindAStormOfSignals(t *testing.T) {
	s := standing(t, plan{Workers: 1})
	s.leave("slow reload")
	s.signal(syscall.SIGHUP)
	eventually(t, "the reload", func() bool { return s.has("reloading") })
	for range 50 {
		s.signal(syscall.SIGHUP)
		time.Sleep(time.Millisecond) // those that the kernel still holds are one
	}
	s.signal(syscall.SIGTERM)
	time.Sleep(10 * time.Millisecond)
	s.leave("release")
	if code := s.exit(); code != exitOK {
		t.Errorf("exit status %d, want %d", code, exitOK)
	}
}

// long sends the request that takes until "release", and its status, 0 where
// there was no answer.
func (s *service) long(status chan<- int) {
	resp, err := (&http.Client{Transport: &http.Transport{}}).Post("http://"+s.addr+"/long", "", nil)
	if err != nil {
		status <- 0
		return
	}
	resp.Body.Close()
	status <- resp.StatusCode
}

func TestQuitStopsAtOnce(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT} {
		t.Run(sig.String(), func(t *testing.T) {
			s := standing(t, plan{Workers: 2})
			status := make(chan int)
			go s.long(status)
			eventually(t, "the request", func() bool { return s.has("begun") })
			s.signal(sig)
			if got := <-status; got != 0 {
				t.Errorf("the request under way got status %d, want none", got)
			}
			if code := s.exit(); code != exitOK {
				t.Errorf("exit status %d, want %d", code, exitOK)
			}
		})
	}
}

func TestRequestBeyondTheGracefulTimeIsCutOff(t *testing.T) {
	s := standing(t, plan{Workers: 1, GracefulTimeout: 100 * time.Millisecond})
	status := make(chan int)
	go s.long(status)
	eventually(t, "the request", func() bool { return s.has("begun") })
	s.signal(syscall.SIGHUP)
	if got := <-status; got != 0 {
		t.Errorf("the request got status %d, want none", got)
	}
	s.awaitLog("Connections were cut off")
	s.await("a standing service", func(st Status) bool { return st.Ready == 1 && st.Restarted == 0 })
}

func TestFirstBootThatFailsStopsTheMaster(t *testing.T) {
	for fault, want := range map[string]int{"fault error": exitApp, "fault panic": exitBoot} {
		t.Run(fault, func(t *testing.T) {
			p := plan{Workers: 2, Dir: t.TempDir()}
			p.leave(fault)
			if code := launch(t, p).exit(); code != want {
				t.Errorf("exit status %d, want %d", code, want)
			}
		})
	}
}

func TestTermWhileWorkersBoot(t *testing.T) {
	p := plan{Workers: 2, Dir: t.TempDir()}
	p.leave("fault slow")
	s := launch(t, p)
	eventually(t, "the workers' boot", func() bool { return s.has("booting 1") && s.has("booting 2") })
	s.signal(syscall.SIGTERM)
	if code := s.exit(); code != exitOK {
		t.Errorf("exit status %d, want %d", code, exitOK)
	}
}

func TestLaterBootThatFailsLeavesTheOthersServing(t *testing.T) {
	s := standing(t, plan{Workers: 2, MaxRequests: 30})
	s.leave("fault error")
	_, stop := s.load(t)
	s.await("three failed boots", func(st Status) bool { return t.Failed() || st.Restarted >= 3 })
	if err := os.Remove(s.path("fault error")); err != nil {
		t.Fatal(err)
	}
	s.await("recycling again", func(st Status) bool { return t.Failed() || st.Recycled >= 2 })
	stop()
}

func TestMasterThatCannotStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	tests := map[string]struct {
		plan plan
		want string
	}{
		"port in use": {plan{Workers: 1, Bind: taken.Addr().String()}, "address already in use"},
		"no workers":  {plan{}, "workers: 0, want at least 1"},
		"bad figures": {plan{Workers: 1, Jitter: 2, MaxRequests: -1}, "jitter: 2, want 0 to 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := launch(t, tt.plan)
			if code := s.exit(); code != exitFailed {
				t.Errorf("exit status %d, want %d", code, exitFailed)
			}
			if !s.logged(tt.want) {
				t.Errorf("the log does not say %q", tt.want)
			}
		})
	}
}
