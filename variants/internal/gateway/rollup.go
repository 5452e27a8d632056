package gateway

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// hourOf is SQL for the hour of a ledger row, in UTC whatever the session's time zone.
const hourOf = "floor(extract(epoch FROM created_at) / 3600)::bigint"

// load takes the counters from the rollups, and with them the number up to which those are complete. Rows that are not
// rolled up may be older than the window, after a long time without a scheduler: their hours are loaded too, or a sum would
// be written that misses what was rolled up before.
func (t *tracker) load(ctx context.Context) error {
	const query = `SELECT r.key_id, r.model, extract(epoch FROM r.hour)::bigint / 3600,
			r.requests, r.prompt_tokens, r.completion_tokens
		FROM usage_rollup r
		WHERE r.hour >= LEAST(now() - make_interval(hours => $1), (
			SELECT min(created_at) - interval '1 hour' FROM usage_ledger WHERE tx >= (SELECT before FROM usage_rolled)))`
	// Both statements must see one state: another scheduler may write between them.
	return pgx.BeginTxFunc(ctx, t.conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, "SELECT before::text::bigint FROM usage_rolled").Scan(&t.before); err != nil {
			return fmt.Errorf("read how far the rollups are: %w", err)
		}
		rows, err := tx.Query(ctx, query, trackedHours)
		if err != nil {
			return fmt.Errorf("load the rollups: %w", err)
		}
		return t.collect(rows, func(c cell, d counts) { t.count(c, d) })
	})
}

// read counts the rows of the transactions that have ended since the last time and returns the number below which all have:
// the oldest that still runs. It doesn't count a transaction twice, and one that ends late is not missed.
func (t *tracker) read(ctx context.Context) (before int64, err error) {
	const oldest = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
	if err := t.conn.QueryRow(ctx, oldest).Scan(&before); err != nil {
		return 0, fmt.Errorf("ask for the oldest transaction: %w", err)
	}
	const query = "SELECT key_id, model, " + hourOf + ", count(*), sum(prompt_tokens), sum(completion_tokens) " +
		"FROM usage_ledger WHERE tx >= $1::bigint::text::xid8 AND tx < $2::bigint::text::xid8 GROUP BY 1, 2, 3"
	rows, err := t.conn.Query(ctx, query, t.before, before)
	if err != nil {
		return 0, err
	}
	return before, t.collect(rows, func(c cell, d counts) {
		t.count(c, d)
		t.changed[c] = struct{}{}
	})
}

func (t *tracker) collect(rows pgx.Rows, each func(cell, counts)) error {
	var c cell
	var d counts
	into := []any{&c.key, &c.model, &c.hour, &d.requests, &d.promptTokens, &d.completionTokens}
	_, err := pgx.ForEachRow(rows, into, func() error {
		each(c, d)
		return nil
	})
	return err
}

// write moves the rollups forward to before, if no other tracker has brought them there or further; then they hold all
// that this one would write. The row that says how far they are is also the lock: trackers write one after the other.
func (t *tracker) write(ctx context.Context, before int64) error {
	if len(t.changed) == 0 { // an idle service's scheduler leaves the database in peace
		t.before = before
		return nil
	}
	err := pgx.BeginFunc(ctx, t.conn, func(tx pgx.Tx) error {
		const move = "UPDATE usage_rolled SET before = $1::bigint::text::xid8 WHERE before < $1::bigint::text::xid8"
		moved, err := tx.Exec(ctx, move, before)
		if err != nil || moved.RowsAffected() == 0 {
			return err
		}
		return t.upsert(ctx, tx)
	})
	if err != nil {
		return err
	}
	t.before = before
	clear(t.changed)
	return nil
}

func (t *tracker) upsert(ctx context.Context, tx pgx.Tx) error {
	var keys, hours, requests, prompts, completions []int64
	var models []string
	for c := range t.changed {
		have := t.cells[c]
		keys, models, hours = append(keys, c.key), append(models, c.model), append(hours, c.hour)
		requests, prompts = append(requests, have.requests), append(prompts, have.promptTokens)
		completions = append(completions, have.completionTokens)
	}
	const upsert = `INSERT INTO usage_rollup (key_id, model, hour, requests, prompt_tokens, completion_tokens)
		SELECT k, m, to_timestamp(h * 3600), r, p, c
		FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) AS u(k, m, h, r, p, c)
		ON CONFLICT (key_id, model, hour) DO UPDATE SET requests = EXCLUDED.requests,
			prompt_tokens = EXCLUDED.prompt_tokens, completion_tokens = EXCLUDED.completion_tokens`
	_, err := tx.Exec(ctx, upsert, keys, models, hours, requests, prompts, completions)
	return err
}
