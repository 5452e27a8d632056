package prefork

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// up is the beginning of most scripts: a service of three that stands, a
// heartbeat of a second ago.
const up = `
	start       => spawn 1; spawn 2; spawn 3
	ready 1 2 3
	after 1s
`

func TestCrew(t *testing.T) {
	perform(t, []act{
		{
			name: "boot",
			script: `
				start       => spawn 1; spawn 2; spawn 3
				ready 1 2
			`,
			want: Status{Target: 3, Ready: 2, Spawned: 3},
		},
		{
			name: "one replacement at a time, in the order in which they asked",
			script: up + `
				requests 2  => spawn 4
				requests 1
				lifetime 3
				requests 2
				ready 4     => drain 2
				tick 1s
				exit 2 0    => spawn 5
				ready 5     => drain 1
				exit 1 0    => spawn 6
				ready 6     => drain 3
				exit 3 0
			`,
			want: Status{Target: 3, Ready: 3, Spawned: 6, Recycled: 3},
		},
		{
			name: "a worn worker that dies in the queue is not recycled",
			script: up + `
				requests 1  => spawn 4
				requests 2
				exit 2 KILL
				ready 4     => spawn 5
				exit 1 KILL
				ready 5
			`,
			want: Status{Target: 3, Ready: 3, Spawned: 5, Restarted: 2},
		},
		{
			name: "a worn worker that dies leaves its place to its replacement",
			script: up + `
				requests 1  => spawn 4
				exit 1 KILL
				ready 4
			`,
			want: Status{Target: 3, Ready: 3, Spawned: 4, Restarted: 1},
		},
		{
			name: "a replacement that dies while it boots is tried again, the old one serves on",
			script: up + `
				requests 1  => spawn 4
				exit 4 3
				after 99ms
				retry
				after 1ms
				retry       => spawn 5
				ready 5     => drain 1
			`,
			want: Status{Target: 3, Ready: 3, Spawned: 5, Recycled: 1, Restarted: 1},
		},
		{
			name: "a dead worker is replaced at once",
			script: up + `
				exit 2 KILL => spawn 4
				exit 9 KILL
			`,
			want: Status{Target: 3, Ready: 2, Spawned: 4, Restarted: 1},
		},
		{
			name: "one that dies as soon as it serves is replaced after a delay",
			script: `
				start       => spawn 1; spawn 2; spawn 3
				ready 1 2 3
				after 999ms
				exit 2 1
				after 100ms
				retry       => spawn 4
			`,
			want: Status{Target: 3, Ready: 2, Spawned: 4, Restarted: 1},
		},
		{
			name: "a worker that asks is replaced and not counted as recycled",
			script: up + `
				asked 1     => spawn 4
				ready 4     => drain 1
			`,
			want: Status{Target: 3, Ready: 3, Spawned: 4},
		},
		{
			name: "first boot: the application does not load",
			script: `
				start       => spawn 1; spawn 2; spawn 3
				ready 1
				exit 2 4    => refuse; stop 1; stop 3
				exit 3 4
				exit 1 0
			`,
			want: Status{Target: 3, Spawned: 3, Restarted: 1},
			done: true, code: exitApp,
		},
		{
			name: "first boot: the worker dies",
			script: `
				start       => spawn 1; spawn 2; spawn 3
				exit 1 KILL => refuse; stop 2; stop 3
				exit 2 0
				exit 3 0
			`,
			want: Status{Target: 3, Spawned: 3, Restarted: 1},
			done: true, code: exitBoot,
		},
		{
			name: "first boot: no process can be started",
			script: `
				broken
				start       => spawn 1 fails; refuse
			`,
			want: Status{Target: 3, Spawned: 1},
			done: true, code: exitBoot,
		},
		{
			name: "first boot: a worker that dies after it was ready halts nothing",
			script: `
				start       => spawn 1; spawn 2; spawn 3
				ready 1
				after 1s
				exit 1 KILL => spawn 4
			`,
			want: Status{Target: 3, Spawned: 4, Restarted: 1},
		},
		{
			name: "later no process can be started",
			script: up + `
				broken
				exit 1 KILL => spawn 4 fails
				repaired
				after 100ms
				retry       => spawn 5
			`,
			want: Status{Target: 3, Ready: 2, Spawned: 5, Restarted: 1},
		},
		{
			name: "HUP replaces every worker, one after the other",
			script: up + `
				signal HUP  => spawn 4
				ready 4     => drain 1
				exit 1 0    => spawn 5
				ready 5     => drain 2
				exit 2 0    => spawn 6
				ready 6     => drain 3
				exit 3 0
			`,
			want: Status{Target: 3, Ready: 3, Spawned: 6},
		},
		{
			name: "HUP while workers boot replaces them once they are ready",
			script: `
				start       => spawn 1; spawn 2; spawn 3
				ready 1
				signal HUP
				ready 2
				ready 3     => spawn 4
				ready 4     => drain 1
			`,
			want: Status{Target: 3, Ready: 3, Spawned: 4},
		},
		{
			name: "HUP twice replaces the replacements too",
			script: up + `
				signal HUP  => spawn 4
				signal HUP
				ready 4     => drain 1
				exit 1 0    => spawn 5
				ready 5     => drain 2
				exit 2 0    => spawn 6
				ready 6     => drain 3
				exit 3 0    => spawn 7
				ready 7     => drain 4
				exit 4 0
			`,
			want: Status{Target: 3, Ready: 3, Spawned: 7},
		},
		{
			name: "TTIN adds, TTOU removes the oldest, never the last",
			script: up + `
				signal TTIN => spawn 4
				ready 4
				signal TTOU => drain 1
				signal TTOU => drain 2
				signal TTOU => drain 3
				signal TTOU
			`,
			want: Status{Target: 1, Ready: 1, Spawned: 4},
		},
		{
			name: "TTOU takes a booting worker where no ready one is to spare",
			script: `
				start       => spawn 1; spawn 2; spawn 3
				ready 1 2
				signal TTOU => drain 3
				exit 3 0
			`,
			want: Status{Target: 2, Ready: 2, Spawned: 3},
		},
		{
			name: "TTOU takes the worn one before the oldest, and then nobody is replaced",
			script: up + `
				requests 2  => spawn 4
				signal TTOU => drain 2; drain 4
				ready 4
				exit 4 0
				exit 2 0
			`,
			want: Status{Target: 2, Ready: 2, Spawned: 4, Recycled: 1},
		},
		{
			name: "TERM stops gracefully and kills what is left",
			script: up + `
				signal TERM => refuse; stop 1; stop 2; stop 3
				signal TERM
				signal TTIN
				exit 1 0
				exit 2 0
				ticks 29
				tick 1s     => ABRT 3
				tick 1s     => KILL 3
				exit 3 KILL
			`,
			want: Status{Target: 4, Spawned: 3},
			done: true,
		},
		{
			name: "TERM while a worn worker waits recycles no one",
			script: up + `
				requests 1  => spawn 4
				signal TERM => refuse; stop 1; stop 2; stop 3; stop 4
				ready 4
			`,
			want: Status{Target: 3, Spawned: 4},
		},
		{
			name: "QUIT stops at once, also after TERM",
			script: up + `
				signal TERM => refuse; stop 1; stop 2; stop 3
				exit 2 0
				signal QUIT => quit 1; quit 3
				exit 1 0
				ticks 2
				tick 1s     => KILL 3
				exit 3 KILL
			`,
			want: Status{Target: 3, Spawned: 3},
			done: true,
		},
		{
			name: "INT stops at once, booting workers too",
			script: `
				start       => spawn 1; spawn 2; spawn 3
				ready 1
				signal INT  => refuse; quit 1; quit 2; quit 3
				exit 3 4
				exit 2 KILL
				exit 1 0
			`,
			want: Status{Target: 3, Spawned: 3},
			done: true,
		},
		{
			name: "what is not understood changes nothing",
			script: up + `
				gibberish 1
				ready 1
				ready 9
			`,
			want: Status{Target: 3, Ready: 3, Spawned: 3},
		},
	})
}

// The first worker may look before the last is spawned.
func TestStatusStandsBeforeTheFirstWorker(t *testing.T) {
	if got, want := newStage(Options{Workers: 3}).status, (Status{Target: 3}); got != want {
		t.Errorf("published %+v, want %+v", got, want)
	}
}

// act is a script for a crew of three and what is true after it.
type act struct {
	name   string
	script string
	want   Status
	done   bool
	code   int
}

func perform(t *testing.T, acts []act) {
	for _, a := range acts {
		t.Run(a.name, func(t *testing.T) {
			s := newStage(Options{Workers: 3})
			s.run(t, a.script)
			if s.status != a.want {
				t.Errorf("published %+v, want %+v", s.status, a.want)
			}
			if s.done() != a.done || s.code != a.code {
				t.Errorf("done %t with code %d, want %t with %d", s.done(), s.code, a.done, a.code)
			}
		})
	}
}

func TestReadyWorkerIsLoggedWithItsBootTime(t *testing.T) {
	s := newStage(Options{Workers: 1})
	var log bytes.Buffer
	s.log = slog.New(slog.NewTextHandler(&log, nil))
	s.run(t, `
		start      => spawn 1
		after 2s
		ready 1
		after 9s
		requests 1 => spawn 2
		after 250ms
		ready 2    => drain 1
	`)
	for _, want := range []string{`msg="Worker ready" pid=101 worker=1 seconds=2`, `msg="Worker ready" pid=102 worker=2 seconds=0.25`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log.String())
		}
	}
}
