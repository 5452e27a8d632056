package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/memproof/memproof/variants/internal/pgtest"
)

// testTracker is a tracker whose rounds the test calls.
type testTracker struct {
	*tracker
	t testing.TB
}

func (w *world) newTracker() testTracker {
	w.Helper()
	conn, err := connect(context.Background(), w.database, trackLimit)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { conn.Close(context.Background()) })
	t := &tracker{conn: conn, cells: map[cell]*counts{}, changed: map[cell]struct{}{}, models: map[string]string{}}
	if err := t.load(context.Background()); err != nil {
		w.Fatal(err)
	}
	return testTracker{t, w}
}

func (t testTracker) mustAdvance() {
	t.t.Helper()
	if err := t.advance(context.Background()); err != nil {
		t.t.Error(err)
	}
}

// unequal counts the hours in which the rollups and the ledger differ, in either direction.
const unequal = `SELECT count(*) FROM (
		SELECT key_id, model, date_trunc('hour', created_at, 'UTC') AS hour, count(*)::bigint AS n,
			sum(prompt_tokens)::bigint AS p, sum(completion_tokens)::bigint AS c FROM usage_ledger GROUP BY 1, 2, 3
	) l FULL JOIN usage_rollup r USING (key_id, model, hour)
	WHERE (l.n, l.p, l.c) IS DISTINCT FROM (r.requests, r.prompt_tokens, r.completion_tokens)`

// bill writes n rows for both keys and two models, some hours of the past included.
func (w *world) bill(name string, n int) {
	w.Helper()
	pgtest.Exec(w, w.database, fmt.Sprintf(`INSERT INTO usage_ledger
		(key_id, request_id, model, prompt_tokens, completion_tokens, created_at)
		SELECT 1 + i %% 2, '%s-' || i, CASE WHEN i %% 3 = 0 THEN 'gpt-4' ELSE 'gpt-4-turbo' END, i, 2 * i,
			now() - make_interval(hours => i %% 5) FROM generate_series(1, %d) AS i`, name, n))
}

// TestRollupsEqualTheLedger writes while 1 and 5 trackers run, some of them started in the middle, and one stopped.
func TestRollupsEqualTheLedger(t *testing.T) {
	for _, n := range []int{1, 5} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := newWorld(t, ClientPooled)
			w.bill("early", 40)
			var all sync.WaitGroup
			for range n {
				tracker := w.newTracker()
				all.Go(func() {
					for range 20 {
						tracker.mustAdvance()
					}
				})
			}
			for i := range 10 {
				w.bill(fmt.Sprint("batch", i), 30)
			}
			all.Wait()
			w.newTracker().mustAdvance()
			if rows := w.rows(); rows != 340 {
				t.Fatalf("%d ledger rows, want 340", rows)
			}
			if bad := w.number(unequal); bad != 0 {
				t.Errorf("%d of the hours differ from the ledger", bad)
			}
			if used := w.usageOf("key-1"); used.Requests != 170 {
				t.Errorf("key-1 has used %+v, want 170 requests", used)
			}
		})
	}
}

// TestLateCommitIsCounted is the trap of watermarks: a transaction that began first and commits last.
func TestLateCommitIsCounted(t *testing.T) {
	w := newWorld(t, ClientPooled)
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, w.database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	slow, err := conn.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	const row = "INSERT INTO usage_ledger (key_id, request_id, model, prompt_tokens, completion_tokens) VALUES (1, 'slow', 'gpt-4', 1, 1)"
	if _, err := slow.Exec(ctx, row); err != nil {
		t.Fatal(err)
	}
	tracker := w.newTracker()
	w.bill("fast", 10)
	tracker.mustAdvance()
	if err := slow.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	tracker.mustAdvance()
	if bad := w.number(unequal); bad != 0 {
		t.Errorf("%d of the hours differ from the ledger", bad)
	}
}

// TestTrackerCatchesUp: rows from before the window, left by a time without a scheduler, join what is rolled up.
func TestTrackerCatchesUp(t *testing.T) {
	w := newWorld(t, ClientPooled)
	old := "INSERT INTO usage_ledger VALUES (1, '%s', 'gpt-4', 1, 1, now() - interval '40 days')"
	pgtest.Exec(t, w.database, fmt.Sprintf(old, "first"))
	w.newTracker().mustAdvance()
	pgtest.Exec(t, w.database, fmt.Sprintf(old, "second"))
	w.newTracker().mustAdvance()
	if bad := w.number(unequal); bad != 0 {
		t.Errorf("%d of the hours differ from the ledger", bad)
	}
}

func TestTrackerForgetsWhatIsTooOld(t *testing.T) {
	w := newWorld(t, ClientPooled)
	w.bill("row", 10)
	tracker := w.newTracker()
	tracker.mustAdvance()
	if len(tracker.cells) == 0 {
		t.Fatal("no counters")
	}
	tracker.forget(time.Now().Add(31 * 24 * time.Hour))
	if n := len(tracker.cells); n != 0 {
		t.Errorf("%d counters are left a month later", n)
	}
}

// TestTrackingSurvivesTheDatabase stops Postgres under a running scheduler.
func TestTrackingSurvivesTheDatabase(t *testing.T) {
	server := pgtest.Start(t)
	w := newWorldIn(t, ClientPooled, server.URL("postgres"))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		keepTracking(ctx, w.database, slog.New(slog.DiscardHandler))
		close(ended)
	}()
	rolledUp := func() bool { return w.number(unequal) == 0 }
	w.bill("before", 10)
	eventually(t, "the first rows are rolled up", rolledUp)
	server.Stop()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	w.bill("after", 10)
	eventually(t, "the later rows are rolled up", rolledUp)
	cancel()
	<-ended
}

func TestGuard(t *testing.T) {
	err := guard(func() error { panic("out of range") })
	if err == nil || !strings.Contains(err.Error(), "out of range") || !strings.Contains(err.Error(), "TestGuard") {
		t.Errorf("a panic becomes %v, want its value and where it was", err)
	}
	cause := errors.New("cause")
	if err := guard(func() error { return cause }); !errors.Is(err, cause) {
		t.Errorf("an error becomes %v", err)
	}
}
