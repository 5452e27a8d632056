package engine

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/engine/postgres"
	"github.com/memproof/memproof/bench/metric"
)

// testDependencies: three connections more are three backends more; those to other
// databases do not count.
func testDependencies(t *testing.T, s *Session) {
	subject, _ := start(t, s, "good")
	before := sampleDependencies(t, subject)
	connect(t, postgres.URL(s.databases.Server.Outer, "memproof_"+s.id+"_b01_p1"), 3)
	connect(t, postgres.URL(s.databases.Server.Outer, "postgres"), 2)
	after := sampleDependencies(t, subject)
	if got := *after.PostgresBackends - *before.PostgresBackends; got != 3 {
		t.Errorf("%d backends more, want 3: %d and %d", got, *before.PostgresBackends, *after.PostgresBackends)
	}
	// An idle server with its shared buffers hardly touched, in MB.
	if m := *after.PostgresMemory; m < 5e6 || m > 500e6 {
		t.Errorf("Postgres takes %d bytes", m)
	}
}

// sampleDependencies returns the first reading with all its figures.
func sampleDependencies(t *testing.T, subject *experiment.Subject) (found metric.Dependencies) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var last metric.Sample
	err := subject.Sample(ctx, func(s metric.Sample) error {
		if a := s.Dependencies; a != nil {
			last = s
			if a.PostgresMemory != nil && a.PostgresBackends != nil && a.UpstreamOpen != nil {
				found = *a
				cancel()
			}
		}
		return nil
	})
	if err != nil || found.PostgresMemory == nil {
		t.Fatalf("no whole reading of the dependencies, the last was %+v %q: %v", last.Dependencies, last.Missing, err)
	}
	return found
}

func connect(t *testing.T, dsn string, times int) {
	t.Helper()
	for range times {
		c, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close(context.Background()) }) // the trial's database may be gone by then
	}
}
