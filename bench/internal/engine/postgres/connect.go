// Package postgres manages the databases of a session on a server that an engine
// started or a person gave. It puts no password of a server into a fact, an error or a
// log.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// URL returns the URL of one database of the server.
func URL(server *url.URL, database string) string {
	u := *server
	u.Path = "/" + database
	return u.String()
}

// ServerURL returns the URL of a session's server at host:port.
func ServerURL(password, address string) *url.URL {
	return &url.URL{Scheme: "postgres", User: url.UserPassword("memproof", password), Host: address, RawQuery: "sslmode=disable"}
}

// withConn connects while f runs: an open connection would count among the server's
// backends.
func withConn(ctx context.Context, dsn string, f func(*pgx.Conn) error) error {
	c, err := Connect(ctx, dsn)
	if err != nil {
		return err
	}
	return errors.Join(f(c), c.Close(ctx))
}

// Connect connects. Its error does not hold the URL's password.
func Connect(ctx context.Context, dsn string) (*pgx.Conn, error) {
	config, err := parseConfig(dsn)
	if err != nil {
		return nil, err
	}
	return pgx.ConnectConfig(ctx, config)
}

// parseConfig replaces pgx's error, which repeats the URL.
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
	if inner := errors.Unwrap(err); inner != nil && !slices.ContainsFunc(secrets(u), func(secret string) bool {
		return strings.Contains(inner.Error(), secret)
	}) {
		why = inner.Error()
	}
	return nil, fmt.Errorf("%s: %s", shown(u), why)
}

// secrets returns the values of a server's URL that are not for other users: its
// password, and the values of its settings.
func secrets(u *url.URL) []string {
	password, _ := u.User.Password()
	all := append(slices.Concat(slices.Collect(maps.Values(u.Query()))...), password)
	return slices.DeleteFunc(all, func(secret string) bool { return secret == "" })
}
