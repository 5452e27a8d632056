// Package chaos_test runs the whole service under load while everything that an operator or a bad day can do to it is done:
// workers recycled every second, reloads, resizes, SIGKILL, and a database that goes away.
//
//	go test -count 1 ./variants/chaos              two minutes
//	go test -count 1 ./variants/chaos -brief       twenty seconds
//	go test -count 1 ./variants/chaos -seed 7      another order of signals, other victims
//
// With -short, as make test runs it, it does nothing.
//
// Without -count 1 a result may come from Go's cache: the test starts the service as processes, so Go doesn't know that it
// depends on it.
package chaos_test

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var brief = flag.Bool("brief", false, "a tenth of the chaos")

var seed = flag.Uint64("seed", 1, "another seed gives another order of signals and other victims")

// size is how much chaos there is.
type size struct {
	recycled, reloads, resizes, kills int

	pause    time.Duration // between two signals to the master
	interval time.Duration // between two kills
	outage   time.Duration // of the database
	calm     time.Duration // after all of it
}

var (
	whole = size{recycled: 200, reloads: 10, resizes: 5, kills: 6,
		pause: 3500 * time.Millisecond, interval: 5 * time.Second, outage: 3 * time.Second, calm: 5 * time.Second}
	part = size{recycled: 10, reloads: 2, resizes: 1, kills: 3,
		pause: time.Second, interval: 2 * time.Second, outage: time.Second, calm: 2 * time.Second}
)

// TestChaos goes from what may cost nothing to what must cost something, and holds each part to its own promise.
func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes: make test-all runs it, or go test without -short")
	}
	c := &chaos{size: whole, stack: startStack(t), rng: rand.New(rand.NewPCG(*seed, 0))}
	if *brief {
		c.size = part
	}
	c.load = newLoad(c.url)
	defer c.load.client.CloseIdleConnections()

	c.noneFails("warm", func() { time.Sleep(c.calm) })
	c.stands()
	fds, routines := descriptors(t, c.master()), c.goroutines()

	c.noneFails("orders", c.orders)
	c.murders()
	c.outages()
	c.noneFails("calm", func() { time.Sleep(c.calm) })

	c.stands()
	c.returnsTo(fds, routines)
	c.billed()
	c.ends()
}

type chaos struct {
	*stack
	size
	rng  *rand.Rand
	load *load
	sent []result // all so far
}

// under loads the service during f, reports what that was like and holds the ledger to it.
func (c *chaos) under(phase string, f func()) []result {
	c.t.Helper()
	results := c.load.during(phase, f)
	c.sent = append(c.sent, results...)
	lost := c.balance(c.sent)
	state, _ := c.crew()
	c.t.Logf("%s: %d requests, p99 %s, %d failed; %d rows so far whose answer was lost; %d workers recycled, %d restarted so far",
		phase, len(results), p99(results), len(failed(results)), lost, state.Recycled, state.Restarted)
	return results
}

// noneFails is a time in which every request is answered.
func (c *chaos) noneFails(phase string, f func()) {
	c.t.Helper()
	c.none(failed(c.under(phase, f)))
}

func (c *chaos) none(failures []result) {
	c.t.Helper()
	for _, r := range failures[:min(len(failures), 10)] {
		c.t.Error(r)
	}
	if len(failures) > 10 {
		c.t.Errorf("and %d more", len(failures)-10)
	}
}

// orders is what an operator does, while workers reach their limits: reloads, and one worker more or fewer.
func (c *chaos) orders() {
	orders := slices.Concat(slices.Repeat([]bool{true}, c.reloads), slices.Repeat([]bool{false}, 2*c.resizes))
	c.rng.Shuffle(len(orders), func(i, j int) { orders[i], orders[j] = orders[j], orders[i] })
	more, fewer := syscall.SIGTTIN, syscall.SIGTTOU // they alternate
	for _, reload := range orders {
		sig := syscall.SIGHUP
		if !reload {
			sig, more, fewer = more, fewer, more
		}
		c.signal(c.service, sig)
		time.Sleep(c.pause)
	}
	c.eventually("enough recycled workers", func() bool {
		state, _ := c.crew()
		return state.Recycled >= c.recycled
	})
}

// murders kills workers; each may take its requests under way with it, and no other.
func (c *chaos) murders() {
	c.t.Helper()
	var kills []kill
	failures := failed(c.under("kills", func() {
		for range c.kills {
			kills = append(kills, c.stack.kill(c.rng))
			time.Sleep(c.interval)
		}
		c.stands()
	}))
	cost, unexplained := blame(failures, kills)
	c.none(unexplained)
	for i, k := range kills {
		c.t.Logf("the worker with pid %d held %d connections and took %d requests with it", k.pid, len(k.clients), cost[i])
	}
	if state, _ := c.crew(); state.Restarted < 1 {
		c.t.Error("no killed worker was missed")
	}
}

// outages takes the database away and brings it back. Meanwhile clients are told so: no connection breaks.
func (c *chaos) outages() {
	c.t.Helper()
	refused := failed(c.under("outage", func() {
		time.Sleep(c.interval / 4)
		c.postgres.Stop()
		time.Sleep(c.outage)
		if err := c.postgres.Start(); err != nil {
			c.t.Fatal(err)
		}
		c.stands()
	}))
	if len(refused) == 0 {
		c.t.Error("nobody noticed that the database was away")
	}
	c.none(slices.DeleteFunc(refused, func(r result) bool { return r.status == http.StatusServiceUnavailable && r.err == nil }))
}

// returnsTo holds that hundreds of workers later the master has no more descriptors and goroutines than before.
func (c *chaos) returnsTo(fdsBefore, routinesBefore int) {
	c.t.Helper()
	var fds, routines int
	c.eventually("as few descriptors and goroutines of the master as at first", func() bool {
		fds, routines = descriptors(c.t, c.master()), c.goroutines()
		return fds <= fdsBefore && routines <= routinesBefore
	})
	c.t.Logf("the master: %d descriptors, %d at first; %d goroutines, %d at first", fds, fdsBefore, routines, routinesBefore)
}

// billed holds the service's own account, rollups and all, against the ledger.
func (c *chaos) billed() {
	c.t.Helper()
	var account struct{ Requests int }
	body, _ := c.ask(c.url + "/v1/usage")
	if err := json.Unmarshal([]byte(body), &account); err != nil || account.Requests != len(c.rows()) {
		c.t.Errorf("the account is %s (%v), the ledger has %d rows", body, err, len(c.rows()))
	}
}

// ends stops the service and looks for what it left behind: processes, connections, signs of loss in its log.
func (c *chaos) ends() {
	c.t.Helper()
	c.signal(c.service, syscall.SIGTERM)
	if status := c.service.Exit(c.t); status != 0 {
		c.t.Errorf("exit status %d after TERM, want 0", status)
	}
	if orphans := running(c.t, c.command("ablate")); len(orphans) > 0 {
		c.t.Errorf("still there: %v", orphans)
	}
	c.eventually("the end of every connection to the upstream", func() bool {
		var stats struct {
			Open *int `json:"connections_open"`
		}
		body, _ := c.ask(c.admin + "/stats")
		return json.Unmarshal([]byte(body), &stats) == nil && stats.Open != nil && *stats.Open == 0
	})
	c.eventually("the end of every connection to the database", func() bool { return c.sessions() == 0 })
	for _, sign := range []string{"cut off", "not handed over", "lost in the handover", "panic", "TIMEOUT"} {
		if strings.Contains(c.service.Output(), sign) {
			c.t.Errorf("the log speaks of %q", sign)
		}
	}
}
