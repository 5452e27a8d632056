package chaos_test

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"
)

// kill is a worker's end by SIGKILL.
type kill struct {
	pid     int
	frozen  time.Time    // from then on the worker did nothing more
	clients map[int]bool // the client's ports of the connections that it then held
}

// kill kills a worker at random, whatever it is doing: booting, serving or draining. It is stopped first, so that the
// connections that die with it are known exactly.
func (s *stack) kill(rng *rand.Rand) kill {
	s.t.Helper()
	var k kill
	s.eventually("a worker to kill", func() bool {
		pids := children(s.t, s.master())
		if len(pids) == 0 {
			return false
		}
		k.pid = pids[rng.IntN(len(pids))]
		return s.strike(&k)
	})
	return k
}

// strike reports whether the worker was there to be killed: it may be about to leave by itself.
func (s *stack) strike(k *kill) bool {
	s.t.Helper()
	worker, err := os.FindProcess(k.pid)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = worker.Release() }() // it may have been reaped
	// By now the pid may be another's. If it is still that of a worker, the handle is the worker's, whatever follows.
	if !slices.Contains(children(s.t, s.master()), k.pid) || !s.signal(worker, syscall.SIGSTOP) {
		return false
	}
	s.eventually("a stopped worker", func() bool { return stopped(s.t, k.pid) })
	k.frozen = time.Now()
	k.clients = clients(s.t, k.pid)
	return s.signal(worker, syscall.SIGKILL)
}

// signal reports whether the process was still there.
func (s *stack) signal(p interface{ Signal(os.Signal) error }, sig syscall.Signal) bool {
	s.t.Helper()
	err := p.Signal(sig)
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Fatalf("%s: %v", sig, err)
	}
	return err == nil
}

// took reports whether a request got no answer because it was with the worker: it had been sent on a connection that the
// worker held. That holds for one sent in the instant after as well, before the client has seen that the connection is gone.
func (k kill) took(r result) bool {
	return r.status == 0 && k.clients[r.port] && r.ended.After(k.frozen)
}

// blame divides the failed requests of a time with kills: how many each kill cost, and those that no kill explains. A
// connection carries one request at a time, so none breaks twice.
func blame(failures []result, kills []kill) (cost []int, unexplained []result) {
	cost = make([]int, len(kills))
	broken := map[int]bool{} // by the client's port
	for _, r := range failures {
		i := slices.IndexFunc(kills, func(k kill) bool { return k.took(r) })
		if i < 0 || broken[r.port] {
			unexplained = append(unexplained, r)
			continue
		}
		broken[r.port] = true
		cost[i]++
	}
	return cost, unexplained
}

func TestBlame(t *testing.T) {
	at := func(second int64) time.Time { return time.Unix(second, 0) }
	kills := []kill{{frozen: at(10), clients: map[int]bool{1: true, 2: true}}, {frozen: at(20), clients: map[int]bool{3: true}}}
	explained := []result{{id: "first", port: 1, ended: at(11)}, {id: "second", port: 3, ended: at(21)}}
	if cost, rest := blame(explained, kills); !slices.Equal(cost, []int{1, 1}) || len(rest) > 0 {
		t.Errorf("the kills cost %v, and %v", cost, rest)
	}
	for _, r := range []result{
		{id: "on a connection of nobody's", port: 4, ended: at(21)},
		{id: "without a connection", ended: at(21)},
		{id: "before the kill", port: 3, ended: at(19)},
		{id: "answered with a failure", port: 2, ended: at(11), status: http.StatusBadGateway},
		{id: "a second one on the connection", port: 1, ended: at(12)},
	} {
		if cost, rest := blame(append(explained[:1:1], r), kills); len(rest) != 1 || rest[0].id != r.id {
			t.Errorf("a request %s: the kills cost %v, unexplained are %v", r.id, cost, rest)
		}
	}
}
