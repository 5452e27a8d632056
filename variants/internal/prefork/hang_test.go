package prefork

import (
	"strings"
	"testing"
)

// beats is so many seconds with a heartbeat of each of the workers.
func beats(seconds int, workers string) string {
	return strings.Repeat("tick 1s\nbeat "+workers+"\n", seconds)
}

func TestHungWorkers(t *testing.T) {
	perform(t, []act{
		{
			name: "a silent worker gets SIGABRT, then SIGKILL, then a replacement",
			script: up + `
				ticks 29
				beat 1 3
				tick 1s     => ABRT 2
				beat 1 3
				tick 1s     => KILL 2
				exit 2 KILL => spawn 4
			`,
			want: Status{Target: 3, Ready: 2, Spawned: 4, Restarted: 1},
		},
		{
			name: "a worker that hangs in the first boot stops the master",
			script: `
				start       => spawn 1; spawn 2; spawn 3
				ready 1 2
				` + beats(120, "1 2 3") + `
				tick 1s     => ABRT 3
				tick 1s     => KILL 3
				exit 3 KILL => refuse; stop 1; stop 2
				exit 1 0
				exit 2 0
			`,
			want: Status{Target: 3, Spawned: 3, Restarted: 1},
			done: true, code: exitBoot,
		},
		{
			name: "a replacement that hangs in boot is tried again, the old one serves on",
			script: up + `
				requests 1  => spawn 4
				` + beats(120, "1 2 3 4") + `
				tick 1s     => ABRT 4
				exit 4 KILL
				after 100ms
				retry       => spawn 5
				ready 5     => drain 1
			`,
			want: Status{Target: 3, Ready: 3, Spawned: 5, Recycled: 1, Restarted: 1},
		},
		{
			name: "a master that was stopped itself gives a booting worker its time",
			script: up + `
				tick 1s
				requests 1  => spawn 4
				tick 1000s
				` + beats(120, "1 2 3 4") + `
				tick 1s     => ABRT 4
			`,
			want: Status{Target: 3, Ready: 3, Spawned: 4},
		},
		{
			name: "a master that was stopped itself does not blame its workers",
			script: up + `
				tick 100s
				tick 1s
				ticks 29
				tick 1s     => ABRT 1; ABRT 2; ABRT 3
			`,
			want: Status{Target: 3, Ready: 3, Spawned: 3},
		},
		{
			name: "a leaving worker that is hung is killed for its silence",
			script: up + `
				requests 1  => spawn 4
				ready 4     => drain 1
				ticks 10
				beat 2 3 4
				ticks 20
				tick 1s     => ABRT 1
				beat 2 3 4
				tick 1s     => KILL 1
				exit 1 KILL
			`,
			want: Status{Target: 3, Ready: 3, Spawned: 4, Recycled: 1},
		},
		{
			name: "a worker that beats but does not leave is killed a second after its time",
			script: up + `
				signal TERM => refuse; stop 1; stop 2; stop 3
				exit 1 0
				exit 2 0
				ticks 20
				beat 3
				ticks 11
				tick 1s     => KILL 3
				exit 3 KILL
			`,
			want: Status{Target: 3, Spawned: 3},
			done: true,
		},
	})
}
