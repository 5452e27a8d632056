package gateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ledger is the worker's side of the database: who may ask, and what was answered.
type ledger struct{ pool *pool }

// errUnknownKey says that no such API key was given out.
var errUnknownKey = errors.New("unknown API key")

// entry is one answered request.
type entry struct {
	key              int64
	request          string
	model            string
	promptTokens     int
	completionTokens int
}

// authorize returns the id of an API key and whether the request is already in the ledger, in one round trip: a repeated
// request is then refused before it costs an AI call. The error is errUnknownKey or the database's.
func (l ledger) authorize(ctx context.Context, key, request string) (id int64, answered bool, err error) {
	const query = `SELECT id, EXISTS (SELECT FROM usage_ledger WHERE key_id = api_keys.id AND request_id = $2)
		FROM api_keys WHERE digest = $1`
	err = l.pool.use(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		return c.QueryRow(ctx, query, KeyDigest(key), request).Scan(&id, &answered)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, false, errUnknownKey
	}
	if err != nil {
		return 0, false, fmt.Errorf("look up an API key: %w", err)
	}
	return id, answered, nil
}

// add commits the entry and reports whether it is new: a request that is already in the ledger is not billed again.
func (l ledger) add(ctx context.Context, e entry) (added bool, err error) {
	const insert = `INSERT INTO usage_ledger (key_id, request_id, model, prompt_tokens, completion_tokens)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (key_id, request_id) DO NOTHING`
	var tag pgconn.CommandTag
	err = l.pool.use(ctx, func(ctx context.Context, c *pgxpool.Conn) (err error) {
		tag, err = c.Exec(ctx, insert, e.key, e.request, e.model, e.promptTokens, e.completionTokens)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("write a usage row: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// modelUsage is what a key has used of one model since it was given out.
type modelUsage struct {
	Model            string `json:"model"`
	Requests         int64  `json:"requests"`
	PromptTokens     int64  `json:"prompt_tokens"`
	CompletionTokens int64  `json:"completion_tokens"`
}

// usage adds the rollups and the ledger's rows that are not in them yet. It is one statement, so both are seen at one
// instant and the sum is exact whether or not a scheduler runs.
func (l ledger) usage(ctx context.Context, key int64) (used []modelUsage, err error) {
	const query = `SELECT model, sum(n)::bigint, sum(p)::bigint, sum(c)::bigint FROM (
			SELECT model, requests AS n, prompt_tokens AS p, completion_tokens AS c FROM usage_rollup WHERE key_id = $1
			UNION ALL
			SELECT model, 1, prompt_tokens, completion_tokens FROM usage_ledger
			WHERE key_id = $1 AND tx >= (SELECT before FROM usage_rolled)
		) AS both_parts GROUP BY model ORDER BY model`
	err = l.pool.use(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		rows, err := c.Query(ctx, query, key)
		if err != nil {
			return err
		}
		used, err = pgx.CollectRows(rows, pgx.RowToStructByPos[modelUsage])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the usage: %w", err)
	}
	return used, nil
}

// ping reports whether the database answers.
func (l ledger) ping(ctx context.Context) error {
	return l.pool.use(ctx, func(ctx context.Context, c *pgxpool.Conn) error { return c.Ping(ctx) })
}
