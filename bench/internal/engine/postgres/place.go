package postgres

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
)

// Place is a given server, from which a session's databases are removed.
var Place = leftovers.Place{
	Name: "postgres",
	Here: func(context.Context) string { return os.Getenv(DSNEnv) },
	Find: func(ctx context.Context, dsn string, note leftovers.Note) error {
		sessions, err := Sessions(ctx, dsn)
		for _, session := range sessions {
			note(session, "database", time.Time{})
		}
		return err
	},
	Remove: dropDatabases,
}

// dropDatabases removes all databases of a session.
func dropDatabases(ctx context.Context, dsn, session string) error {
	return eachDatabase(ctx, dsn, func(c *pgx.Conn, name string) error {
		if !strings.HasPrefix(name, databaseName(session, "")) {
			return nil
		}
		_, err := c.Exec(ctx, dropSQL(name))
		return err
	})
}

// Sessions returns the session of each session's database on the server.
func Sessions(ctx context.Context, dsn string) (ids []string, err error) {
	err = eachDatabase(ctx, dsn, func(_ *pgx.Conn, name string) error {
		id, _, _ := strings.Cut(strings.TrimPrefix(name, databasePrefix), "_")
		ids = append(ids, id)
		return nil
	})
	return ids, err
}

// eachDatabase calls f for each database whose name begins like a session's.
func eachDatabase(ctx context.Context, dsn string, f func(c *pgx.Conn, name string) error) error {
	server, err := ParseDSN(dsn)
	if err != nil {
		return err
	}
	return withConn(ctx, URL(server, "postgres"), func(c *pgx.Conn) error {
		// A failed query is an error of the rows.
		rows, _ := c.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", databasePrefix)
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, name := range names {
			err = errors.Join(err, f(c, name))
		}
		return err
	})
}
