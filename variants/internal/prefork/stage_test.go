package prefork

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stage is a crew with fake processes and a fake clock. Its script is lines of
// an event and, after "=>", the actions that must follow in this order.
type stage struct {
	*crew
	clock   time.Time
	actions []string
	status  Status
	broken  bool    // spawns fail
	told    []terms // to the workers, at their spawn
}

func newStage(opts Options) *stage {
	opts.Log = slog.New(slog.DiscardHandler)
	s := &stage{clock: time.Unix(1000, 0)}
	act := func(format string, args ...any) { s.actions = append(s.actions, fmt.Sprintf(format, args...)) }
	s.crew = newCrew(opts.withDefaults(), 0, procs{
		spawn: func(t terms) (int, error) {
			if s.broken {
				act("spawn %d fails", t.ID)
				return 0, errors.New("no more processes")
			}
			act("spawn %d", t.ID)
			s.told = append(s.told, t)
			return 100 + t.ID, nil
		},
		tell:    func(id int, m message) { act("%s %d", m, id) },
		kill:    func(id int, sig syscall.Signal) { act("%s %d", signalNames[sig], id) },
		refuse:  func() { act("refuse") },
		publish: func(st Status) { s.status = st },
	}, func() time.Time { return s.clock })
	return s
}

var signalNames = map[syscall.Signal]string{syscall.SIGABRT: "ABRT", syscall.SIGKILL: "KILL"}

var signalsByName = map[string]syscall.Signal{
	"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "QUIT": syscall.SIGQUIT,
	"HUP": syscall.SIGHUP, "TTIN": syscall.SIGTTIN, "TTOU": syscall.SIGTTOU,
}

var exits = map[string]syscall.WaitStatus{
	"0": 0, "1": 1 << 8, "3": 3 << 8, "4": 4 << 8, "KILL": syscall.WaitStatus(syscall.SIGKILL),
}

// play carries out one event: "start", "ready 1 2", "requests 1", "beat 1",
// "exit 1 KILL", "signal HUP", "after 5s" (the clock alone), "tick 1s" (the
// clock, then a tick), "ticks 30" (so many seconds with a tick each), "retry",
// "broken", "repaired".
func (s *stage) play(t *testing.T, words []string) {
	t.Helper()
	says := map[string]message{
		"ready": msgReady, "beat": msgBeat, "requests": msgRequests,
		"lifetime": msgLifetime, "asked": msgAsked, "gibberish": 'x', "task": msgTask,
	}
	if m, ok := says[words[0]]; ok {
		for _, id := range words[1:] {
			s.heard(number(t, id), m)
		}
		return
	}
	switch words[0] {
	case "start":
		s.settle()
	case "exit":
		id := number(t, words[1])
		s.exited(id, end{status: exits[words[2]], peakRSS: int64(id) << 20})
	case "signal":
		s.signalled(signalsByName[words[1]])
	case "after", "tick":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			t.Fatal(err)
		}
		s.clock = s.clock.Add(d)
		if words[0] == "tick" {
			s.tick()
		}
	case "ticks":
		for range number(t, words[1]) {
			s.clock = s.clock.Add(time.Second)
			s.tick()
		}
	case "retry":
		s.settle()
	case "broken", "repaired":
		s.broken = words[0] == "broken"
	default:
		t.Fatalf("no such event: %q", words)
	}
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// run plays a script and fails at the first line whose actions are not those that
// it names.
func (s *stage) run(t *testing.T, script string) {
	t.Helper()
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		event, want, _ := strings.Cut(line, "=>")
		s.actions = nil
		s.play(t, strings.Fields(event))
		got := strings.Join(s.actions, "; ")
		if got != strings.TrimSpace(want) {
			t.Fatalf("%s\n got: %s\nwant: %s", strings.TrimSpace(event), got, strings.TrimSpace(want))
		}
	}
}
