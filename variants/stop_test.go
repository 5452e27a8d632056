package variants_test

import (
	"context"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/memproof/memproof/variants/internal/gateway"
	"github.com/memproof/memproof/variants/internal/pgtest"
	"github.com/memproof/memproof/variants/internal/proctest"
)

// TestTermWhileTheCatalogueIsRead: reading it takes long, here without end, and an operator who gives up on a start need not
// wait for it, nor kill what is left.
func TestTermWhileTheCatalogueIsRead(t *testing.T) {
	for _, build := range []string{"after", "preload", "single"} {
		t.Run(build, func(t *testing.T) {
			ctx := context.Background()
			database := pgtest.Database(t)
			pgtest.Exec(t, database, gateway.Schema)
			locking, watching := connect(t, database), connect(t, database) // what a transaction sees of the activity doesn't change
			if _, err := locking.Exec(ctx, "BEGIN; LOCK TABLE passages IN ACCESS EXCLUSIVE MODE"); err != nil {
				t.Fatal(err)
			}
			p := proctest.Start(t, filepath.Join(bin(t), build), []string{"DATABASE_URL=" + database,
				"AI_URL=https://upstream:8443", "GUNICORN_BIND=" + proctest.FreeAddress(t)})
			readers := func() (n int) {
				const query = `SELECT count(*) FROM pg_stat_activity
					WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FROM passages%'`
				if err := watching.QueryRow(ctx, query).Scan(&n); err != nil {
					t.Fatal(err)
				}
				return n
			}
			for end := time.Now().Add(proctest.Deadline); readers() == 0; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatal("nobody reads the catalogue")
				}
			}
			if err := p.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if status := p.Exit(t); status != 0 {
				t.Errorf("exit status %d after TERM, want 0", status)
			}
		})
	}
}

func connect(t *testing.T, database string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}
