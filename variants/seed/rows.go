package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/memproof/memproof/variants/internal/gateway"
	"github.com/memproof/memproof/variants/internal/words"
)

const (
	// A passage's text is smallest bytes and up to spread more: below the 2 KB from which Postgres would compress it and
	// store it apart, so that reading the catalogue costs what its bytes do.
	smallest, spread = 1450, 350
	ledgerSpan       = 30 * 24 * time.Hour
)

// load copies all rows in.
func load(ctx context.Context, tx pgx.Tx, o options) error {
	for _, t := range []struct {
		table   string
		columns []string
		n       int
		row     func(i int) []any
	}{
		{"passages", []string{"id", "body"}, o.passages, func(i int) []any { return passage(o.seed, i) }},
		{"api_keys", []string{"id", "digest"}, o.keys, key},
		{"usage_ledger", []string{"key_id", "request_id", "model", "prompt_tokens", "completion_tokens", "created_at"},
			o.ledger, ledgerRow(o, time.Now())},
	} {
		rows := pgx.CopyFromSlice(t.n, func(i int) ([]any, error) { return t.row(i), nil })
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.table}, t.columns, rows); err != nil {
			return fmt.Errorf("fill %s: %w", t.table, err)
		}
	}
	return nil
}

// random is the source of one row: rows don't depend on how many there are.
func random(seed uint64, row int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(row))) }

func passage(seed uint64, i int) []any {
	rng := random(seed, i)
	body := fmt.Appendf(nil, "Article %d. ", i+1)
	return []any{int64(i + 1), string(words.AppendText(body, rng, smallest+rng.IntN(spread)))}
}

func key(i int) []any { return []any{int64(i + 1), gateway.KeyDigest(fmt.Sprintf("key-%d", i))} }

func ledgerRow(o options, now time.Time) func(int) []any {
	models := gateway.Models()
	return func(i int) []any {
		rng := random(o.seed, i)
		age := time.Duration(rng.Int64N(int64(ledgerSpan)))
		return []any{int64(1 + rng.IntN(o.keys)), fmt.Sprintf("seed-%d", i), models[rng.IntN(len(models))],
			int32(5 + rng.IntN(200)), int32(100 + rng.IntN(400)), now.Add(-age)}
	}
}

// rollUp writes the rollups of the seeded rows. They are complete up to its own transaction, which is younger than that of
// the rows, and nobody else writes here yet.
func rollUp(ctx context.Context, conn *pgx.Conn) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		const sums = `INSERT INTO usage_rollup
			SELECT key_id, model, date_trunc('hour', created_at, 'UTC'), count(*), sum(prompt_tokens), sum(completion_tokens)
			FROM usage_ledger GROUP BY 1, 2, 3`
		if _, err := tx.Exec(ctx, sums); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE usage_rolled SET before = pg_current_xact_id()")
		return err
	})
}
