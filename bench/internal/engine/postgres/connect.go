package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
)

// URL is that of one database of the server.
func URL(server *url.URL, database string) string {
	u := *server
	u.Path = "/" + database
	return u.String()
}

// ServerURL is that of a server of a session at host:port.
func ServerURL(password, address string) *url.URL {
	return &url.URL{Scheme: "postgres", User: url.UserPassword("memproof", password), Host: address, RawQuery: "sslmode=disable"}
}

// withConn connects for the length of f: a connection kept open would count
// among the server's backends.
func withConn(ctx context.Context, dsn string, f func(*pgx.Conn) error) error {
	c, err := Connect(ctx, dsn)
	if err != nil {
		return err
	}
	return errors.Join(f(c), c.Close(ctx))
}

// Connect says no password in its error.
func Connect(ctx context.Context, dsn string) (*pgx.Conn, error) {
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
	return nil, fmt.Errorf("%s: %s", shown(u), why)
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
