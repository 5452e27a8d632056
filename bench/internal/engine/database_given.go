package engine

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
)

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

// databaseSessions finds the sessions that have databases on the server.
func databaseSessions(ctx context.Context, dsn string) (ids []string, err error) {
	err = eachDatabase(ctx, dsn, func(_ *pgx.Conn, name string) error {
		id, _, _ := strings.Cut(strings.TrimPrefix(name, databasePrefix), "_")
		ids = append(ids, id)
		return nil
	})
	return ids, err
}

// eachDatabase calls f for each database that a session may have made.
func eachDatabase(ctx context.Context, dsn string, f func(c *pgx.Conn, name string) error) error {
	server, err := parseDSN(dsn)
	if err != nil {
		return err
	}
	return withConn(ctx, at(server, "postgres"), func(c *pgx.Conn) error {
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

// dsnEnv names a variable with the URL of a Postgres for the host engine.
const dsnEnv = "MEMPROOF_POSTGRES_DSN"

// parseDSN reads the URL of a server. Its database is left out.
func parseDSN(dsn string) (*url.URL, error) {
	u, err := url.Parse(dsn)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") || u.Host == "" {
		return nil, fmt.Errorf("%s is no URL of a Postgres: write it like postgres://user:password@localhost:5432", dsnEnv)
	}
	return u, nil
}
