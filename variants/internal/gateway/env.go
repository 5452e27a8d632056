package gateway

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// maxWorkers keeps a slip of the keyboard from forking without end.
const maxWorkers = 512

// environment is what the service takes from its environment, checked.
type environment struct {
	workers   int // GUNICORN_WORKERS, 0: by the formula
	bind      string
	database  string
	upstream  *url.URL
	authority []*x509.Certificate // AI_CA_PEM, in addition to the public authorities
	pprofPort int                 // GATEWAY_PPROF, 0: no profiles

	// The guide's further advice.
	pool       *poolSettings // GATEWAY_POOL, nil: not set
	gcTrace    bool          // GATEWAY_GC_TRACE
	exitMemory bool          // GATEWAY_EXIT_MEMORY
	preload    bool          // GATEWAY_PRELOAD
}

// variableError says what is wrong with a variable of the environment.
type variableError struct {
	name string
	err  error
}

func (e variableError) Error() string { return e.name + ": " + e.err.Error() }
func (e variableError) Unwrap() error { return e.err }

// readEnvironment asks lookup (os.LookupEnv) for each variable. The error names the first one that is missing or wrong.
func readEnvironment(lookup func(string) (string, bool)) (environment, error) {
	env := environment{}
	for _, v := range []struct {
		name, otherwise string
		required        bool
		parse           func(string) error
	}{
		{name: "GUNICORN_WORKERS", parse: integer(&env.workers, 1, maxWorkers)},
		{name: "GUNICORN_BIND", otherwise: "0.0.0.0:8000", parse: env.parseBind},
		{name: "DATABASE_URL", required: true, parse: env.parseDatabase},
		{name: "AI_URL", required: true, parse: env.parseUpstream},
		{name: "AI_CA_PEM", parse: env.parseAuthority},
		{name: "GATEWAY_PPROF", parse: integer(&env.pprofPort, 1, 65535)},
		{name: "GATEWAY_POOL", parse: env.parsePool},
		{name: "GATEWAY_GC_TRACE", parse: boolean(&env.gcTrace)},
		{name: "GATEWAY_EXIT_MEMORY", parse: boolean(&env.exitMemory)},
		{name: "GATEWAY_PRELOAD", parse: boolean(&env.preload)},
		// The runtime ignores a value that it can't read, and the worker count would silently be the host's.
		{name: "GOMAXPROCS", parse: integer(new(int), 1, maxWorkers)},
	} {
		value, _ := lookup(v.name)
		if value == "" {
			value = v.otherwise
		}
		if value == "" && v.required {
			return environment{}, variableError{v.name, errors.New("not set")}
		}
		if value == "" {
			continue
		}
		if err := v.parse(value); err != nil {
			return environment{}, variableError{v.name, err}
		}
	}
	return env, nil
}

func integer(to *int, low, high int) func(string) error {
	return func(text string) error {
		n, err := strconv.Atoi(text)
		if err != nil || n < low || n > high {
			return fmt.Errorf("%q is not a whole number from %d to %d", text, low, high)
		}
		*to = n
		return nil
	}
}

func (e *environment) parseBind(text string) error {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return fmt.Errorf("want HOST:PORT: %w", err)
	}
	e.bind = text
	return integer(new(int), 0, 65535)(port)
}

func (e *environment) parseDatabase(text string) error {
	e.database = text
	_, err := pgx.ParseConfig(text)
	return err
}

func (e *environment) parseUpstream(text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return err
	}
	if u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%q is not https://HOST:PORT", text)
	}
	e.upstream = u
	return nil
}

func (e *environment) parsePool(text string) (err error) {
	e.pool, err = parsePool(text)
	return err
}

func (e *environment) parseAuthority(text string) error {
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("certificate %d: %w", len(e.authority)+1, err)
		}
		e.authority = append(e.authority, certificate)
	}
	if len(e.authority) == 0 {
		return errors.New("holds no PEM certificate")
	}
	return nil
}
