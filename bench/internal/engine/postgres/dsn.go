package postgres

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/scenario"
)

// DSNEnv is the variable with the URL of a Postgres for the host engine.
const DSNEnv = "MEMPROOF_POSTGRES_DSN"

// ParseDSN parses the URL of a server. Its error does not repeat the text, which holds
// a password.
func ParseDSN(dsn string) (*url.URL, error) {
	u, err := url.Parse(dsn)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") || u.Hostname() == "" || torn(u) {
		return nil, fmt.Errorf("%s is not the URL of a Postgres: write it like postgres://user:password@localhost:5432, with %%2F for / in the password, %%3F for ?, %%23 for # and %%40 for @", DSNEnv)
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
