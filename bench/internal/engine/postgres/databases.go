package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
)

// databasePrefix begins the name of every database of a session.
const databasePrefix = "memproof_"

// Port is the port of a server that has an address of its own.
const Port = 5432

// patience is how long a server may take until it accepts connections.
const patience = 60 * time.Second

// Databases are the template and its copies on one server.
type Databases struct {
	Server   *backend.Server
	session  string
	template string
	copy     string // the SQL that copies it: CREATE DATABASE %s …
}

// databaseName returns at most the 63 bytes that Postgres allows.
func databaseName(session, part string) string { return databasePrefix + session + "_" + part }

// New waits for the server and makes the empty template.
func New(ctx context.Context, s *backend.Server, session string) (*Databases, error) {
	d := &Databases{Server: s, session: session, template: databaseName(session, "template")}
	if err := d.awaitServer(ctx); err != nil {
		return nil, err
	}
	d.copy = "CREATE DATABASE %s TEMPLATE " + quote(d.template)
	var version int
	var text string
	err := d.admin(ctx, func(c *pgx.Conn) error {
		const query = "SELECT current_setting('server_version_num')::int, current_setting('server_version')"
		return c.QueryRow(ctx, query).Scan(&version, &text)
	})
	if err != nil {
		return nil, err
	}
	s.Facts["version"] = text
	if version < 130000 {
		return nil, fmt.Errorf("Postgres %s is too old: want 13 or newer, for DROP DATABASE WITH (FORCE)", text)
	}
	if version >= 150000 {
		// Copies files between two checkpoints, as older servers always did.
		// The newer strategy goes through the WAL and leaves as many dirty pages,
		// which the server would write back during the trial.
		d.copy += " STRATEGY FILE_COPY"
	}
	return d, d.exec(ctx, "CREATE DATABASE "+quote(d.template))
}

// awaitServer waits until the server accepts connections.
func (d *Databases) awaitServer(ctx context.Context) error {
	check := func(ctx context.Context) error {
		return d.admin(ctx, func(c *pgx.Conn) error { return c.Ping(ctx) })
	}
	if d.Server.Proc == nil {
		return check(ctx)
	}
	return backend.Await(ctx, d.Server.Proc, patience, d.Server.Log, check)
}

// TemplateURL returns the template's URL as variants would reach it.
func (d *Databases) TemplateURL() string { return URL(d.Server.Inner, d.template) }

// Seal ends the filling of the template: it gets its statistics now, so that no
// autovacuum computes them during a trial, and refuses connections, which would prevent
// a copy. Without parallel workers it needs no shared memory, of which a given server
// may have little.
func (d *Databases) Seal(ctx context.Context) error {
	err := withConn(ctx, URL(d.Server.Outer, d.template), func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, "VACUUM (ANALYZE, PARALLEL 0)")
		return err
	})
	if err != nil {
		return err
	}
	return d.exec(ctx, "ALTER DATABASE "+quote(d.template)+" ALLOW_CONNECTIONS false")
}

// Fresh makes a copy of the template and returns its name.
func (d *Databases) Fresh(ctx context.Context, part string) (string, error) {
	name := databaseName(d.session, part)
	return name, d.exec(ctx, fmt.Sprintf(d.copy, quote(name)))
}

// Drop removes a copy and ends the connections that were left open.
func (d *Databases) Drop(ctx context.Context, name string) error {
	return d.exec(ctx, dropSQL(name))
}

// Rows runs a query for one number in a copy.
func (d *Databases) Rows(ctx context.Context, name, query string) (n float64, err error) {
	err = withConn(ctx, URL(d.Server.Outer, name), func(c *pgx.Conn) error {
		var v any
		if err := c.QueryRow(ctx, query).Scan(&v); err != nil {
			return err
		}
		n, err = number(v)
		return err
	})
	return n, err
}

// number converts a value of Postgres: an integer, a float or a numeric.
func number(v any) (float64, error) {
	if numeric, ok := v.(pgtype.Numeric); ok {
		if f, err := numeric.Float64Value(); err == nil && f.Valid {
			return f.Float64, nil
		}
	}
	switch r := reflect.ValueOf(v); {
	case r.CanInt():
		return float64(r.Int()), nil
	case r.CanFloat():
		return r.Float(), nil
	}
	return 0, fmt.Errorf("want one number, not %v", v)
}

func (d *Databases) exec(ctx context.Context, sql string) error {
	return d.admin(ctx, func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, sql)
		return err
	})
}

// admin connects to the database that every server has.
func (d *Databases) admin(ctx context.Context, f func(*pgx.Conn) error) error {
	return withConn(ctx, URL(d.Server.Outer, "postgres"), f)
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

func dropSQL(name string) string { return "DROP DATABASE IF EXISTS " + quote(name) + " WITH (FORCE)" }

// Place is a given server, from which a session's databases are removed.
var Place = leftovers.Place{
	Name: "postgres",
	Here: func(context.Context) string { return os.Getenv(DSNEnv) },
	Find: func(ctx context.Context, dsn string, note leftovers.Note) error {
		sessions, err := Sessions(ctx, dsn)
		for _, session := range sessions {
			note(session, "database", time.Time{})
		}
		return err
	},
	Remove: dropDatabases,
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

// Sessions returns the session of each session's database on the server.
func Sessions(ctx context.Context, dsn string) (ids []string, err error) {
	err = eachDatabase(ctx, dsn, func(_ *pgx.Conn, name string) error {
		id, _, _ := strings.Cut(strings.TrimPrefix(name, databasePrefix), "_")
		ids = append(ids, id)
		return nil
	})
	return ids, err
}

// eachDatabase calls f for each database whose name begins like a session's.
func eachDatabase(ctx context.Context, dsn string, f func(c *pgx.Conn, name string) error) error {
	server, err := ParseDSN(dsn)
	if err != nil {
		return err
	}
	return withConn(ctx, URL(server, "postgres"), func(c *pgx.Conn) error {
		// A failed query is an error of the rows.
		rows, _ := c.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", databasePrefix)
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, name := range names {
			err = errors.Join(err, f(c, name))
		}
		return err
	})
}
