package prefork

import (
	"errors"
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"
)

func TestWorkerExitTellsThePeakOfTheWorker(t *testing.T) {
	s := standing(t, plan{Workers: 2})
	lazy, err := s.ask(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}})
	if err != nil {
		t.Fatal(err)
	}
	kill(t, lazy.PID, syscall.SIGKILL)
	eventually(t, "the hook for the killed worker", func() bool { return s.has(fmt.Sprint("exit ", lazy.PID)) })
	s.await("a replacement", func(st Status) bool { return st.Restarted == 1 && st.Ready == 2 })

	one := &http.Client{Transport: &http.Transport{}} // one connection stays with one worker
	greedy, err := s.ask(one)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := one.Post("http://"+s.addr+"/hoard", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	s.signal(syscall.SIGTERM)
	s.exit()
	var less, more exitNote
	if err := errors.Join(s.read(fmt.Sprint("exit ", lazy.PID), &less), s.read(fmt.Sprint("exit ", greedy.PID), &more)); err != nil {
		t.Fatal(err)
	}
	if less.Worker != lazy.Worker || more.Worker != greedy.Worker {
		t.Errorf("the hook was told of workers %d and %d, want %d and %d", less.Worker, more.Worker, lazy.Worker, greedy.Worker)
	}
	if less.PeakRSS <= 0 || less.PeakRSS >= hoarded || more.PeakRSS < hoarded {
		t.Errorf("peaks of %d and, with a hoard of %d, of %d bytes", less.PeakRSS, hoarded, more.PeakRSS)
	}
}

func TestReloadUnderLoadTakesTheNewPlanAndDropsNoRequest(t *testing.T) {
	s := standing(t, plan{Workers: 2})
	_, stop := s.load(t)
	s.write("new plan", "no plan")
	s.signal(syscall.SIGHUP)
	s.awaitLog("Reload failed, the old configuration stays")
	s.write("new plan", plan{Workers: 3, MaxRequests: 20, Dir: s.Dir})
	s.signal(syscall.SIGHUP)
	s.await("three workers that are recycled", func(st Status) bool {
		return t.Failed() || st.Target == 3 && st.Recycled >= 5
	})
	stop()
}

func TestWorkerThatHangsInBootStopsTheMaster(t *testing.T) {
	p := plan{Workers: 2, BootTimeout: 100 * time.Millisecond, Dir: t.TempDir()}
	p.leave("fault slow")
	s := launch(t, p)
	if code := s.exit(); code != exitBoot {
		t.Errorf("exit status %d, want %d", code, exitBoot)
	}
	if !s.logged("WORKER BOOT TIMEOUT") || !s.logged("goroutine ") {
		t.Error("the log does not say that a worker hung, and in what")
	}
}
