package engine

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// databasePrefix begins the name of every database of a session.
const databasePrefix = "memproof_"

// postgresPatience is how long a server may take until it accepts connections.
const postgresPatience = 60 * time.Second

// databases are the template and its copies on one server.
type databases struct {
	server   *server
	session  string
	template string
	copy     string // the SQL that copies it: CREATE DATABASE %s …
}

func databaseName(session, part string) string { return databasePrefix + session + "_" + part }

// newDatabases waits for the server and makes the empty template.
func newDatabases(ctx context.Context, s *server, session string) (*databases, error) {
	if err := s.await(ctx); err != nil {
		return nil, err
	}
	d := &databases{server: s, session: session, template: databaseName(session, "template")}
	d.copy = "CREATE DATABASE %s TEMPLATE " + quote(d.template)
	var version int
	var text string
	err := d.admin(ctx, func(c *pgx.Conn) error {
		const query = "SELECT current_setting('server_version_num')::int, current_setting('server_version')"
		if err := c.QueryRow(ctx, query).Scan(&version, &text); err != nil {
			return err
		}
		_, err := c.Exec(ctx, "CREATE DATABASE "+quote(d.template))
		return err
	})
	if err != nil {
		return nil, err
	}
	s.facts["version"] = text
	if version < 130000 {
		return nil, fmt.Errorf("Postgres %s is too old: want 13 or newer, for DROP DATABASE WITH (FORCE)", text)
	}
	if version >= 150000 {
		// Copies files between two checkpoints, as older servers always did.
		// The newer way goes through the WAL and leaves as many dirty pages,
		// which the server would write back during the trial.
		d.copy += " STRATEGY FILE_COPY"
	}
	return d, nil
}

// await waits until the server accepts connections.
func (s *server) await(ctx context.Context) error {
	check := func(ctx context.Context) error {
		return withConn(ctx, at(s.outer, "postgres"), func(c *pgx.Conn) error { return c.Ping(ctx) })
	}
	if s.proc == nil {
		return check(ctx)
	}
	return await(ctx, s.proc, postgresPatience, s.log, check)
}

// seal ends the filling of the template: it gets its statistics now, so that
// no autovacuum does it in the middle of a trial, and it takes no more
// connections, which would keep it from being copied. Without parallel workers
// it needs no shared memory, of which a given server may have little.
func (d *databases) seal(ctx context.Context) error {
	err := withConn(ctx, at(d.server.outer, d.template), func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, "VACUUM (ANALYZE, PARALLEL 0)")
		return err
	})
	if err != nil {
		return err
	}
	return d.exec(ctx, "ALTER DATABASE "+quote(d.template)+" ALLOW_CONNECTIONS false")
}

// fresh makes a copy of the template and returns its name.
func (d *databases) fresh(ctx context.Context, part string) (string, error) {
	name := databaseName(d.session, part)
	return name, d.exec(ctx, fmt.Sprintf(d.copy, quote(name)))
}

// drop removes a copy and ends the connections that somebody left open.
func (d *databases) drop(ctx context.Context, name string) error {
	return d.exec(ctx, dropSQL(name))
}

// rows runs a query for one number in a copy.
func (d *databases) rows(ctx context.Context, name, query string) (n float64, err error) {
	err = withConn(ctx, at(d.server.outer, name), func(c *pgx.Conn) error {
		var v any
		if err := c.QueryRow(ctx, query).Scan(&v); err != nil {
			return err
		}
		n, err = number(v)
		return err
	})
	return n, err
}

func number(v any) (float64, error) {
	switch v := v.(type) {
	case int16:
		return float64(v), nil
	case int32:
		return float64(v), nil
	case int64:
		return float64(v), nil
	case float64:
		return v, nil
	case pgtype.Numeric:
		f, err := v.Float64Value()
		if err == nil && f.Valid {
			return f.Float64, nil
		}
	}
	return 0, fmt.Errorf("want one number, not %v", v)
}

func (d *databases) exec(ctx context.Context, sql string) error {
	return d.admin(ctx, func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, sql)
		return err
	})
}

// admin connects to the database that every server has.
func (d *databases) admin(ctx context.Context, f func(*pgx.Conn) error) error {
	return withConn(ctx, at(d.server.outer, "postgres"), f)
}

// withConn connects for the length of f: a connection kept open would count
// among the server's backends.
func withConn(ctx context.Context, dsn string, f func(*pgx.Conn) error) error {
	c, err := connectTo(ctx, dsn)
	if err != nil {
		return err
	}
	return errors.Join(f(c), c.Close(ctx))
}

// at is the URL of one database of the server.
func at(server *url.URL, database string) string {
	u := *server
	u.Path = "/" + database
	return u.String()
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

func dropSQL(name string) string { return "DROP DATABASE IF EXISTS " + quote(name) + " WITH (FORCE)" }
