package prefork

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReloadTakesOverWhatCanChange(t *testing.T) {
	s := newStage(Options{
		Bind: "h:1", Workers: 1, MaxRequests: 10, Timeout: 9 * time.Second,
		Reload: func() (Options, error) {
			return Options{Bind: "h:2", Workers: 2, MaxLifetime: time.Hour, Jitter: 0.5, GracefulTimeout: time.Second}, nil
		},
	})
	var log bytes.Buffer
	s.log = slog.New(slog.NewTextHandler(&log, nil))
	s.run(t, `
		start       => spawn 1
		ready 1
		signal TTIN => spawn 2
		signal TTIN => spawn 3
		ready 2 3
		signal HUP  => drain 1
		exit 1 0    => spawn 4
		ready 4     => drain 2
		exit 2 0    => spawn 5
		ready 5     => drain 3
		exit 3 0
	`)
	if want := (Status{Target: 2, Ready: 2, Spawned: 5}); s.status != want {
		t.Errorf("published %+v, want %+v", s.status, want)
	}
	old := terms{ID: 3, MaxRequests: 10, Timeout: 9 * time.Second, GracefulTimeout: defaultTimeout, BootTimeout: defaultBootTimeout}
	fresh := terms{ID: 4, MaxLifetime: time.Hour, Jitter: 0.5,
		Timeout: defaultTimeout, GracefulTimeout: time.Second, BootTimeout: defaultBootTimeout}
	if s.told[2] != old || s.told[3] != fresh {
		t.Errorf("workers were told\n%+v\n%+v, want\n%+v\n%+v", s.told[2], s.told[3], old, fresh)
	}
	if !strings.Contains(log.String(), "bind=h:1 ignored=h:2") {
		t.Errorf("the log does not say that the address stays:\n%s", log.String())
	}
}

// A worker that was spawned under the old options is told of by the new hook.
func TestReloadTakesOverTheExitHook(t *testing.T) {
	var told []int
	s := newStage(Options{Workers: 1, Reload: func() (Options, error) {
		return Options{Workers: 1, WorkerExit: func(id, _ int, _ int64) { told = append(told, id) }}, nil
	}})
	s.run(t, `
		start       => spawn 1
		ready 1
		signal HUP  => spawn 2
		ready 2     => drain 1
		exit 1 0
	`)
	if !slices.Equal(told, []int{1}) {
		t.Errorf("the hook saw %v, want worker 1", told)
	}
}

func TestReloadThatFailsChangesNothing(t *testing.T) {
	faults := map[string]func() (Options, error){
		"no such file":            func() (Options, error) { return Options{}, errors.New("no such file") },
		"workers: 0, want":        func() (Options, error) { return Options{}, nil },
		"boot timeout: -1s, want": func() (Options, error) { return Options{Workers: 1, BootTimeout: -time.Second}, nil },
	}
	for why, reload := range faults {
		s := newStage(Options{Workers: 2, MaxRequests: 10, Reload: reload})
		var log bytes.Buffer
		s.log = slog.New(slog.NewTextHandler(&log, nil))
		s.run(t, `
			start       => spawn 1; spawn 2
			ready 1 2
			signal HUP
			requests 1  => spawn 3
		`)
		if s.told[2].MaxRequests != 10 || !strings.Contains(log.String(), why) {
			t.Errorf("%s: the next worker was told %+v, and the log is\n%s", why, s.told[2], log.String())
		}
	}
}

// A worker is judged by the time-outs that it was spawned with.
func TestWorkersLiveByTheirOwnTerms(t *testing.T) {
	s := newStage(Options{
		Workers: 2, Timeout: 5 * time.Second,
		Reload: func() (Options, error) { return Options{Workers: 2, Timeout: 2 * time.Second}, nil },
	})
	s.run(t, `
		start       => spawn 1; spawn 2
		ready 1 2
		signal HUP  => spawn 3
		tick 1s
		tick 1s
		tick 1s     => ABRT 3
		tick 1s     => KILL 3
		tick 1s     => KILL 3
		tick 1s     => ABRT 1; ABRT 2; KILL 3
	`)
}

func TestLeavingWorkerHasTheTimeOfItsOwnTerms(t *testing.T) {
	s := newStage(Options{
		Workers: 1, GracefulTimeout: 5 * time.Second,
		Reload: func() (Options, error) { return Options{Workers: 1, GracefulTimeout: time.Second}, nil },
	})
	s.run(t, `
		start       => spawn 1
		ready 1
		signal HUP  => spawn 2
		ready 2     => drain 1
		ticks 6
		tick 1s     => KILL 1
	`)
}

func TestReloadWhileStoppingDoesNothing(t *testing.T) {
	s := newStage(Options{Workers: 1, Reload: func() (Options, error) { panic("reloaded") }})
	s.run(t, `
		start       => spawn 1
		signal TERM => refuse; stop 1
		signal HUP
	`)
}

func TestWorkerExitSeesEveryEnd(t *testing.T) {
	type exit struct {
		id, pid int
		peakRSS int64
	}
	var got []exit
	s := newStage(Options{Workers: 3, WorkerExit: func(id, pid int, peakRSS int64) {
		got = append(got, exit{id, pid, peakRSS})
	}})
	s.run(t, up+`
		requests 1  => spawn 4
		ready 4     => drain 1
		exit 1 0
		exit 9 0
		exit 2 KILL => spawn 5
		exit 5 3
		signal TERM => refuse; stop 3; stop 4
		exit 3 0
	`)
	want := []exit{{1, 101, 1 << 20}, {2, 102, 2 << 20}, {5, 105, 5 << 20}, {3, 103, 3 << 20}}
	if !slices.Equal(got, want) {
		t.Errorf("the hook saw %v, want %v", got, want)
	}
}
