package variants_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/memproof/memproof/variants/internal/proctest"
)

// crewOf is what /healthz/ready tells of processes.
type crewOf struct {
	Ready      int `json:"workers_ready"`
	Recycled   int `json:"workers_recycled"`
	Spawned    int `json:"workers_spawned"`
	Schedulers int `json:"schedulers_running"`
}

// TestSchedulersRunning holds what the service tells of its schedulers to what it is built as. Its log has one line for each
// scheduler that was ever started, so that a worker's replacement adds one there, and none here.
func TestSchedulersRunning(t *testing.T) {
	for _, c := range []struct {
		command string
		args    []string
		workers int
		want    int
		line    string
		replace bool
	}{
		{"ablate", []string{"-recycling", "20/1h"}, 5, 5, inWorker, true},
		{"ablate", []string{"-recycling", "20/1h", "-fix-workers", "-fix-scheduler"}, 3, 1, inMaster, true},
		{"single", nil, 1, 1, inSingle, false},
	} {
		t.Run(strings.Join(append([]string{c.command}, c.args...), " "), func(t *testing.T) {
			s := startService(t, nil, append([]string{c.command}, c.args...)...)
			if got := s.crew(); got.Schedulers != c.want {
				t.Errorf("%+v at the start, want %d schedulers", got, c.want)
			}
			if !c.replace {
				return
			}
			s.recycles(3, c.want, c.workers)
			s.reloads(c.want, c.workers)
			lines := strings.Count(s.Output(), c.line)
			if perWorker := c.line == inWorker; perWorker && lines <= c.want || !perWorker && lines != c.want {
				t.Errorf("%d lines tell of a start, with %d schedulers and all workers replaced", lines, c.want)
			}
		})
	}
}

func (s *service) crew() (c crewOf) {
	s.t.Helper()
	s.get("/healthz/ready", &c)
	return c
}

// recycles asks until so many workers were recycled. At any time there is the number of schedulers that is wanted, and one
// more for as long as a worker and its replacement both live, where workers have them.
func (s *service) recycles(n, want, workers int) {
	s.t.Helper()
	most := want
	if want > 1 {
		most++
	}
	for c := (crewOf{}); c.Recycled < n; {
		if c = s.crew(); c.Schedulers < want || c.Schedulers > most {
			s.t.Fatalf("%+v while workers are recycled, want %d to %d schedulers", c, want, most)
		}
	}
	s.settles(want, workers, workers+n)
}

// reloads replaces all workers.
func (s *service) reloads(want, workers int) {
	s.t.Helper()
	before := s.crew().Spawned
	if err := s.Signal(syscall.SIGHUP); err != nil {
		s.t.Fatal(err)
	}
	s.settles(want, workers, before+workers)
}

// settles waits until so many workers were spawned and none is left of those that they replaced. It asks over one connection
// at a time and slowly: each request brings a worker nearer to its own replacement.
func (s *service) settles(want, workers, spawned int) {
	s.t.Helper()
	end := time.Now().Add(proctest.Deadline)
	for {
		c := s.crew()
		if c.Spawned >= spawned && c.Ready == workers && c.Schedulers == want && s.left() == c.Spawned-workers {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("%+v and %d workers gone, want %d schedulers of %d workers", c, s.left(), want, workers)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// left is how many workers have ended.
func (s *service) left() int { return strings.Count(s.Output(), `msg="Worker exited"`) }
