package prefork

import "testing"

// TestTasksAreThoseOfProcessesThatLive: a replacement's task takes the place of
// its predecessor's, and counts beside it for as long as both live.
func TestTasksAreThoseOfProcessesThatLive(t *testing.T) {
	tasked := up + `
		task 1 2 3
	`
	replaced := tasked + `
		requests 1  => spawn 4
		task 4
		ready 4     => drain 1
	`
	for _, c := range []struct {
		name, script string
		want         int
	}{
		{"none", up, 0},
		{"one a worker", tasked, 3},
		{"one that leaves still runs its own", replaced, 4},
		{"one was replaced", replaced + "exit 1 0", 3},
		{"one was killed", tasked + "exit 2 KILL => spawn 4", 2},
		{"one was killed and its replacement boots", tasked + "exit 2 KILL => spawn 4\ntask 4", 3},
		{"two in one worker", tasked + "task 1", 4},
		{"of nobody", tasked + "task 9", 3},
		{"all leave", tasked + "signal TERM => refuse; stop 1; stop 2; stop 3\nexit 1 0\nexit 2 0", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(Options{Workers: 3})
			s.run(t, c.script)
			if s.status.Tasks != c.want {
				t.Errorf("%d tasks, want %d", s.status.Tasks, c.want)
			}
		})
	}
}

// TestTasksOfTheMasterEndWithItsContext: a worker that still leaves by then may
// be asked.
func TestTasksOfTheMasterEndWithItsContext(t *testing.T) {
	s := newStage(Options{Workers: 3})
	s.tasks = 1
	s.run(t, up)
	if s.status.Tasks != 1 {
		t.Errorf("%d tasks, want the master's", s.status.Tasks)
	}
	s.run(t, "signal TERM => refuse; stop 1; stop 2; stop 3")
	if s.status.Tasks != 0 {
		t.Errorf("%d tasks after its context ended", s.status.Tasks)
	}
}
