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

// Place is a server that was given, which keeps none of a session's databases.
var Place = leftovers.Place{
	Name:   "postgres",
	Here:   func(context.Context) string { return os.Getenv(DSNEnv) },
	Find:   findDatabases,
	Remove: dropDatabases,
}

func findDatabases(ctx context.Context, dsn string, note leftovers.Note) error {
	sessions, err := Sessions(ctx, dsn)
	for _, session := range sessions {
		note(session, "database", time.Time{})
	}
	return err
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

// Sessions are those that have databases on the server, once for each database.
func Sessions(ctx context.Context, dsn string) (ids []string, err error) {
	err = eachDatabase(ctx, dsn, func(_ *pgx.Conn, name string) error {
		id, _, _ := strings.Cut(strings.TrimPrefix(name, databasePrefix), "_")
		ids = append(ids, id)
		return nil
	})
	return ids, err
}

// eachDatabase calls f for each database that a session may have made.
func eachDatabase(ctx context.Context, dsn string, f func(c *pgx.Conn, name string) error) error {
	server, err := ParseDSN(dsn)
	if err != nil {
		return err
	}
	return withConn(ctx, URL(server, "postgres"), func(c *pgx.Conn) error {
		rows, err := c.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", databasePrefix)
		if err != nil {
			return err
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		var errs []error
		for _, name := range names {
			errs = append(errs, f(c, name))
		}
		return errors.Join(errs...)
	})
}
