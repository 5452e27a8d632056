package gateway

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// answerLimit bounds each use of the database in a request; loadLimit bounds the reading of the catalogue, which is long, and
// longer while all workers boot at once.
const (
	answerLimit = 5 * time.Second
	loadLimit   = 2 * time.Minute
)

// connect opens one connection apart from any pool, for work of another kind than a request's.
func connect(ctx context.Context, url string, limit time.Duration) (*pgx.Conn, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	limitStatements(cfg, limit)
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	return conn, nil
}

// limitStatements makes Postgres itself end a statement, also when the client is gone and nobody would cancel it.
func limitStatements(cfg *pgx.ConnConfig, limit time.Duration) {
	cfg.ConnectTimeout = answerLimit
	cfg.RuntimeParams["statement_timeout"] = fmt.Sprint(limit.Milliseconds())
	cfg.RuntimeParams["application_name"] = "gateway"
}

// readCatalogue reads all passages and indexes them as they come, over a connection of its own that is then closed.
func readCatalogue(ctx context.Context, url string) (*indexer, error) {
	ctx, cancel := context.WithTimeout(ctx, loadLimit)
	defer cancel()
	conn, err := connect(ctx, url, loadLimit)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, "SELECT id, body FROM passages ORDER BY id")
	if err != nil {
		return nil, fmt.Errorf("read the passages: %w", err)
	}
	index := newIndexer()
	var p passage
	if _, err := pgx.ForEachRow(rows, []any{&p.id, &p.body}, func() error {
		index.add(p)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read the passages: %w", err)
	}
	return index, nil
}
