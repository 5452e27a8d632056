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

// parseDSN reads the URL of a server. Its database is left out. The error does
// not repeat the text, which holds a password.
func parseDSN(dsn string) (*url.URL, error) {
	u, err := url.Parse(dsn)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") || u.Hostname() == "" || torn(u) {
		return nil, fmt.Errorf("%s is no URL of a Postgres: write it like postgres://user:password@localhost:5432, with %%2F for / in the password, %%3F for ?, %%23 for # and %%40 for @", dsnEnv)
	}
	if _, err := url.ParseQuery(u.RawQuery); err != nil {
		return nil, fmt.Errorf("%s: what follows the ? is no list of settings such as sslmode=require", dsnEnv)
	}
	return u, nil
}

// torn says that the URL was cut inside its password: what stands before a / in
// it would be a port, and what follows a # nothing.
func torn(u *url.URL) bool {
	return u.Fragment != "" || u.User == nil && strings.Contains(u.Path+u.RawQuery, "@")
}

// shownDSN is what may be printed of a server's URL: who, where, and which
// database. Settings after the ? may hold passwords too.
func shownDSN(u *url.URL) string {
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	if u.User != nil {
		shown.User = url.User(u.User.Username())
	}
	return shown.String()
}

// connectTo says no password in its error.
func connectTo(ctx context.Context, dsn string) (*pgx.Conn, error) {
	config, err := parseConfig(dsn)
	if err != nil {
		return nil, err
	}
	return pgx.ConnectConfig(ctx, config)
}

// parseConfig is pgx's, whose error would repeat the URL.
func parseConfig(dsn string) (*pgx.ConnConfig, error) {
	c, err := pgx.ParseConfig(dsn)
	if err == nil {
		return c, nil
	}
	u, urlErr := url.Parse(dsn)
	if urlErr != nil {
		return nil, errors.New("the URL of the Postgres can't be read")
	}
	why := "a setting in it is wrong"
	if inner := errors.Unwrap(err); inner != nil && !holdsSecret(inner.Error(), u) {
		why = inner.Error()
	}
	return nil, fmt.Errorf("%s: %s", shownDSN(u), why)
}

// holdsSecret says whether the text repeats a value of the URL that is not for
// others.
func holdsSecret(text string, u *url.URL) bool {
	secret, _ := u.User.Password()
	if secret != "" && strings.Contains(text, secret) {
		return true
	}
	for _, values := range u.Query() {
		for _, v := range values {
			if v != "" && strings.Contains(text, v) {
				return true
			}
		}
	}
	return false
}
