// Package pgtest gives a test a real Postgres: the machine's own binaries, a cluster in a temporary folder that listens on a
// Unix socket only, and a fresh database for each test.
//
// Where no Postgres is installed the test is skipped with what to install, which make test repeats at its end; where
// MEMPROOF_REQUIRE names postgres, as in a pipeline, it fails. Durability is off (fsync and friends), so what a test measures here is not Postgres' speed.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// remedy is what the developer reads where there is no Postgres.
const remedy = "no Postgres found on PATH or in /usr/lib/postgresql/*/bin: install it (Debian: apt-get install postgresql)"

// shared is the one cluster of a test binary: starting one costs most of a second.
var shared struct {
	sync.Mutex
	server    *Server
	databases int
}

// Run runs the tests and stops the shared cluster; a package that calls Database returns Run(m) from TestMain.
func Run(m *testing.M) int {
	defer func() {
		if s := shared.server; s != nil {
			s.Close()
		}
	}()
	return m.Run()
}

// Database returns the URL of a new, empty database of the shared cluster. It is dropped when the test ends.
func Database(t testing.TB) string {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		shared.server = start(t)
	}
	shared.databases++
	name := fmt.Sprintf("test%d", shared.databases)
	server := shared.server
	Exec(t, server.URL("postgres"), "CREATE DATABASE "+name)
	t.Cleanup(func() { Exec(t, server.URL("postgres"), "DROP DATABASE "+name+" WITH (FORCE)") })
	return server.URL(name)
}

// Start gives the test a cluster of its own, to stop and start under the code being tested.
func Start(t testing.TB) *Server {
	t.Helper()
	s := start(t)
	t.Cleanup(s.Close)
	return s
}

// Exec runs statements in the database at url and fails the test if Postgres refuses one.
func Exec(t testing.TB, url, sql string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatalf("connect to the test database: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, sql); err != nil {
		t.Fatalf("%.200s: %v", sql, err)
	}
}

func start(t testing.TB) *Server {
	t.Helper()
	bin, err := findBin()
	if err != nil {
		lacks(t, err)
	}
	s, err := newServer(bin)
	if err != nil {
		t.Fatalf("make a Postgres cluster: %v", err)
	}
	if err := s.Start(); err != nil {
		s.Close()
		t.Fatalf("start Postgres: %v", err)
	}
	return s
}

// lacks skips a test for want of a Postgres, or fails it where there must be one.
func lacks(t testing.TB, err error) {
	t.Helper()
	if slices.Contains(strings.Fields(os.Getenv("MEMPROOF_REQUIRE")), "postgres") {
		t.Fatal(err)
	}
	t.Skip(err)
}

// findBin returns the folder that holds initdb and postgres, the newest where there are several.
func findBin() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(real), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New(remedy)
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// URL is the DATABASE_URL of the named database.
func (s *Server) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User("gateway"), Path: "/" + database,
		RawQuery: url.Values{"host": {s.dir}}.Encode()}
	return u.String()
}

// Close stops the cluster and removes its folder.
func (s *Server) Close() {
	s.Stop()
	if err := os.RemoveAll(s.dir); err != nil {
		fmt.Fprintf(os.Stderr, "remove the test cluster: %v\n", err)
	}
}
