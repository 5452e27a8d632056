package postgres

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// secretDSNs hold "hunter2", or a part of it, in every place that a password may
// stand in.
var secretDSNs = []struct {
	name, dsn string
	shown     string // empty: refused
}{
	{"user info", "postgres://app:hunter2@127.0.0.1:1/shop", "postgres://app@127.0.0.1:1/shop"},
	{"the query", "postgres://app@127.0.0.1:1?password=hunter2", "postgres://app@127.0.0.1:1"},
	{"the query, encoded", "postgresql://app@127.0.0.1:1/?pass%77ord=hunter2", "postgresql://app@127.0.0.1:1/"},
	{"a key's password", "postgres://app@127.0.0.1:1/shop?sslmode=disable&sslpassword=hunter2", "postgres://app@127.0.0.1:1/shop"},
	{"a file's name", "postgres://app@127.0.0.1:1/shop?passfile=/home/hunter2/.pgpass", "postgres://app@127.0.0.1:1/shop"},
	{"no user", "postgres://127.0.0.1:1/?password=hunter2", "postgres://127.0.0.1:1/"},
	{"a bad setting too", "postgres://app:hunter2@127.0.0.1:1/?sslmode=hunter2", "postgres://app@127.0.0.1:1/"},
	{"a bad time-out", "postgres://app@127.0.0.1:1/?connect_timeout=hunter2&password=hunter2", "postgres://app@127.0.0.1:1/"},
	{"a fragment", "postgres://app:x@127.0.0.1:1/#hunter2", ""},
	{"a bad escape", "postgres://app:hunter2%zz@127.0.0.1:1", ""},
	{"a slash in it", "postgres://app:2/hunter2@127.0.0.1", ""},
	{"a question mark in it", "postgres://app:2?hunter2@127.0.0.1", ""},
	{"a hash in it", "postgres://app:2#hunter2@127.0.0.1", ""},
	{"no port", "postgres://app:hunter2/@127.0.0.1", ""},
	{"keywords and values", "host=127.0.0.1 port=1 user=app password=hunter2", ""},
	{"keywords, quoted", "host=127.0.0.1 password='hunter2 and more'", ""},
	{"another scheme", "mysql://app:hunter2@127.0.0.1:1", ""},
	{"no host", "postgres:///shop?password=hunter2", ""},
	{"a bad query", "postgres://app@127.0.0.1:1/?password=hunter2%zz", ""},
	{"a semicolon", "postgres://app@127.0.0.1:1/?sslmode=disable;password=hunter2", ""},
	{"a control character", "postgres://app:hunter2\x7f@127.0.0.1:1", ""},
}

// TestPasswordsOfAServerAreNotPrinted: neither in the facts of a run, nor in the errors
// where it can't be reached.
func TestPasswordsOfAServerAreNotPrinted(t *testing.T) {
	for _, tt := range secretDSNs {
		t.Run(tt.name, func(t *testing.T) {
			server, err := Given(tt.dsn, map[string]string{"fsync": "on"})
			if (err == nil) != (tt.shown != "") {
				t.Fatalf("%v; shown is to be %q", err, tt.shown)
			}
			said := []string{fmt.Sprint(err)}
			if err == nil {
				if want := tt.shown + " (" + DSNEnv + ")"; server.Facts["server"] != want {
					t.Errorf("it says %q, want %q", server.Facts["server"], want)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				said = append(said, fmt.Sprint(withConn(ctx, URL(server.Outer, "postgres"), func(*pgx.Conn) error { return nil })))
				said = append(said, fmt.Sprint(dropDatabases(ctx, tt.dsn, "s")))
			}
			for _, text := range said {
				if strings.Contains(text, "hunter") {
					t.Errorf("the password is in %q", text)
				}
			}
		})
	}
}

// FuzzShown: a password, whatever it is, is not shown.
func FuzzShown(f *testing.F) {
	for _, tt := range secretDSNs {
		f.Add(tt.dsn)
	}
	f.Fuzz(func(t *testing.T, dsn string) {
		u, err := ParseDSN(dsn)
		if err != nil {
			return
		}
		text := shown(u)
		again, err := ParseDSN(text)
		if err != nil {
			t.Fatalf("%q was shown as %q: %v", dsn, text, err)
		}
		if _, has := again.User.Password(); has || again.RawQuery != "" || again.Fragment != "" {
			t.Errorf("%q was shown as %q", dsn, text)
		}
		_, _ = parseConfig(dsn) // does not panic
	})
}
