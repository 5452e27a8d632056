package generator

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// inFakeTime drives an attack against a service in this process, in the time of a
// [synctest.Test]: no machine is too busy for it, and figures are exact.
func inFakeTime(t *testing.T, a scenario.Attack, service func(), sink func(metric.Hit)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		report, err := drive(t.Context(), "http://service", a, served(service), time.Sleep, func(h metric.Hit) error { sink(h); return nil })
		if err != nil || report.Sent != report.Offered {
			t.Errorf("%+v, %v", report, err)
		}
	})
}

// served is a service without a network; an answer takes as long as the call.
type served func()

func (s served) send(*http.Request) (*http.Response, metric.Connection, error) {
	s()
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("ok"))}, metric.UsedConnection, nil
}

// TestDriveCountsTheWait is coordinated omission. A service that stalls for a second
// makes every hit that is due meanwhile wait for what is left of it. Measured from
// the sending, only the workers' hits would wait.
func TestDriveCountsTheWait(t *testing.T) {
	const stall, workers = time.Second, 2
	var until atomic.Pointer[time.Time]
	var seen atomic.Int64
	stalling := func() {
		if seen.Add(1) == 50 {
			end := time.Now().Add(stall)
			until.Store(&end)
		}
		if end := until.Load(); end != nil {
			time.Sleep(time.Until(*end))
		}
	}
	a := plainAttack(100, 3*time.Second)
	a.Workers = workers
	var from time.Duration // when the stall begins, on the attack's clock
	waits := map[time.Duration]time.Duration{}
	slow, slowFromSending := 0, 0
	inFakeTime(t, a, stalling, func(h metric.Hit) {
		waits[h.Intended] = h.ResponseTime()
		if h.Seq == 49 {
			from = h.Intended
		}
		if h.ResponseTime() > stall/10 {
			slow++
		}
		if h.Done-h.Sent > stall/10 {
			slowFromSending++
		}
	})
	for due, wait := range waits {
		want := time.Duration(0)
		if due >= from {
			want = max(0, from+stall-due)
		}
		if wait != want {
			t.Errorf("the hit that was due at %v waited %v, want %v", due, wait, want)
		}
	}
	if len(waits) != 300 || slow != 90 || slowFromSending != workers {
		t.Errorf("of %d hits %d were slow from the intended time, %d from the sending", len(waits), slow, slowFromSending)
	}
}

// TestDriveShowsThatItFellBehind: results that are not taken in time keep the
// workers, and the hits that then are sent late have it as their lag.
func TestDriveShowsThatItFellBehind(t *testing.T) {
	const each, hits, workers = 10 * time.Millisecond, 100, 4
	a := plainAttack(1000, hits*time.Millisecond)
	a.Workers = workers
	var last metric.Hit
	inFakeTime(t, a, func() {}, func(h metric.Hit) {
		time.Sleep(each) // the disk of a machine that is busy otherwise
		if h.Seq == hits-1 {
			last = h
		}
	})
	// Before the last was sent, all but those that the workers held were taken.
	if least := (hits-workers-2)*each - last.Intended; last.Lag() < least || last.Lag() > hits*each {
		t.Errorf("the last hit was %v late, want %v to %v", last.Lag(), least, hits*each)
	}
}

// TestRest: phases without requests last as long as they say, wherever they stand.
func TestRest(t *testing.T) {
	rest := load.Phase{Name: "rest", For: 300 * time.Millisecond}
	busy := load.Phase{Name: "busy", Rate: 100, For: 100 * time.Millisecond}
	for _, tt := range []struct {
		phases []load.Phase
		hits   int
		first  time.Duration // when the first hit is due
	}{
		{[]load.Phase{rest}, 0, 0},
		{[]load.Phase{busy, rest}, 10, 0},
		{[]load.Phase{rest, busy, rest}, 10, rest.For},
	} {
		t.Run(fmt.Sprint(len(tt.phases)), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := plainAttack(1, time.Second)
				a.Phases = tt.phases
				var hits []metric.Hit
				began := time.Now()
				report, err := drive(t.Context(), "http://service", a, served(func() {}), time.Sleep, func(h metric.Hit) error { hits = append(hits, h); return nil })
				if err != nil || len(hits) != tt.hits || report.Sent != uint64(tt.hits) || !report.Began.Equal(began) {
					t.Errorf("%d hits, %+v, %v, want %d", len(hits), report, err, tt.hits)
				}
				var long time.Duration
				for _, p := range tt.phases {
					long += p.For
				}
				if took := time.Since(began); took != long {
					t.Errorf("it was over after %v of %v", took, long)
				}
				if len(hits) > 0 && hits[0].Intended != tt.first {
					t.Errorf("the first hit was due at %v, want %v", hits[0].Intended, tt.first)
				}
			})
		})
	}
}
