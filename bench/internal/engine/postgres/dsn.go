package postgres

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/scenario"
)

// DSNEnv names a variable with the URL of a Postgres for the host engine.
const DSNEnv = "MEMPROOF_POSTGRES_DSN"

// ParseDSN reads the URL of a server. Its database is left out. The error does
// not repeat the text, which holds a password.
func ParseDSN(dsn string) (*url.URL, error) {
	u, err := url.Parse(dsn)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") || u.Hostname() == "" || torn(u) {
		return nil, fmt.Errorf("%s is no URL of a Postgres: write it like postgres://user:password@localhost:5432, with %%2F for / in the password, %%3F for ?, %%23 for # and %%40 for @", DSNEnv)
	}
	if _, err := url.ParseQuery(u.RawQuery); err != nil {
		return nil, fmt.Errorf("%s: what follows the ? is no list of settings such as sslmode=require", DSNEnv)
	}
	return u, nil
}

// torn says that the URL was cut inside its password: what stands before a / in
// it would be a port, and what follows a # nothing.
func torn(u *url.URL) bool {
	return u.Fragment != "" || u.User == nil && strings.Contains(u.Path+u.RawQuery, "@")
}

// shown is what may be printed of a server's URL: who, where, and which
// database. Settings after the ? may hold passwords too.
func shown(u *url.URL) string {
	safe := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	if u.User != nil {
		safe.User = url.User(u.User.Username())
	}
	return safe.String()
}

// Given is the server of a URL that a person gave.
func Given(dsn string, settings map[string]string) (*backend.Server, error) {
	u, err := ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	facts := map[string]string{"server": GivenFact(u)}
	if len(settings) > 0 {
		facts["not applied"] = strings.Join(settingLines(settings), " ") + ": the server is not ours to set up"
	}
	return &backend.Server{Outer: u, Inner: u, Facts: facts}, nil
}

// GivenFact is what is shown of a given server.
func GivenFact(u *url.URL) string { return shown(u) + " (" + DSNEnv + ")" }

// HideDSN makes the parts of a given server's URL secrets of the scenario.
func HideDSN(sc *scenario.Scenario, dsn string) {
	u, err := url.Parse(dsn)
	if dsn == "" || err != nil {
		return
	}
	const as = "${" + DSNEnv + "}"
	sc.Hide(dsn, as)
	if password, ok := u.User.Password(); ok {
		sc.Hide(password, as)
	}
	for _, values := range u.Query() {
		for _, value := range values {
			sc.Hide(value, as)
		}
	}
}
