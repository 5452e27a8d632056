package chaos_test

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/memproof/memproof/variants/internal/proctest"
)

// balance holds the ledger against what the client saw: exactly one row for each 200. It returns how many requests have a row
// without one: their answer, or the database's word that the row was written, was lost on the way, and nobody can take a row
// back that may have been read.
func (s *stack) balance(results []result) (lost int) {
	s.t.Helper()
	rows := s.rows()
	for _, r := range results {
		switch n := rows[r.id]; {
		case r.answered() && n != 1:
			s.t.Errorf("%d rows for %s", n, r)
		case n > 1:
			s.t.Errorf("%d rows for %s", n, r)
		case !r.answered():
			lost += n
		}
		delete(rows, r.id)
	}
	for id := range rows {
		s.t.Errorf("a row for %s, which nobody sent", id)
	}
	return lost
}

// rows counts the ledger's rows by request id.
func (s *stack) rows() map[string]int {
	s.t.Helper()
	return s.counts("SELECT request_id, count(*) FROM usage_ledger GROUP BY 1")
}

// sessions is how many connections the service has to the database.
func (s *stack) sessions() int {
	s.t.Helper()
	return s.counts("SELECT application_name, count(*) FROM pg_stat_activity GROUP BY 1")["gateway"]
}

// counts is the answer to a query for names and numbers.
func (s *stack) counts(sql string) map[string]int {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), proctest.Deadline)
	defer cancel()
	counts, err := s.query(ctx, sql)
	if err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
	return counts
}

func (s *stack) query(ctx context.Context, sql string) (map[string]int, error) {
	conn, err := pgx.Connect(ctx, s.database)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	var name string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&name, &n}, func() error {
		counts[name] = n
		return nil
	})
	return counts, err
}
