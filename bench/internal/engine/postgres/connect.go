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
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/scenario"
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

// DSNEnv is the variable with the URL of a Postgres for the host engine.
const DSNEnv = "MEMPROOF_POSTGRES_DSN"

// ParseDSN parses the URL of a server. Its error does not repeat the text, which holds
// a password.
func ParseDSN(dsn string) (*url.URL, error) {
	u, err := url.Parse(dsn)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") || u.Hostname() == "" || torn(u) {
		return nil, fmt.Errorf("%s is not the URL of a Postgres: write it like postgres://user:password@localhost:5432, "+
			"with %%2F for / in the password, %%3F for ?, %%23 for # and %%40 for @", DSNEnv)
	}
	if _, err := url.ParseQuery(u.RawQuery); err != nil {
		return nil, fmt.Errorf("%s: the text after the ? is not a list of settings such as sslmode=require", DSNEnv)
	}
	return u, nil
}

// torn reports whether the URL was cut inside its password: at a /, a ? or a #.
func torn(u *url.URL) bool {
	return u.Fragment != "" || u.User == nil && strings.Contains(u.Path+u.RawQuery, "@")
}

// shown returns the parts of a server's URL that may be printed: user, host and database.
// Settings after the ? may hold passwords too.
func shown(u *url.URL) string {
	safe := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	if u.User != nil {
		safe.User = url.User(u.User.Username())
	}
	return safe.String()
}

// Given returns the server of a URL that a person gave.
func Given(dsn string, settings map[string]string) (*backend.Server, error) {
	u, err := ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	facts := map[string]string{"server": GivenFact(u)}
	if len(settings) > 0 {
		facts["not applied"] = strings.Join(settingLines(settings), " ") + ": the session did not start the server"
	}
	return &backend.Server{Outer: u, Inner: u, Facts: facts}, nil
}

// GivenFact returns the text that reports show for a given server.
func GivenFact(u *url.URL) string { return shown(u) + " (" + DSNEnv + ")" }

// HideDSN makes a given server's URL and its values secrets of the scenario.
func HideDSN(sc *scenario.Scenario, dsn string) {
	u, err := url.Parse(dsn)
	if dsn == "" || err != nil {
		return
	}
	for _, secret := range append(secrets(u), dsn) {
		sc.Hide(secret, "${"+DSNEnv+"}")
	}
}
