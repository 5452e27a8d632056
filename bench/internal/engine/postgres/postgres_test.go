package postgres

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
)

// Postgres takes names of 63 bytes.
func TestDatabaseName(t *testing.T) {
	if name := databaseName(leftovers.NewSession(), "template"); len(name) > 63 {
		t.Errorf("%q has %d bytes", name, len(name))
	}
}

func TestNumber(t *testing.T) {
	var numeric pgtype.Numeric
	if err := numeric.Scan("12.5"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		value any
		want  float64
	}{{int16(1), 1}, {int32(2), 2}, {int64(3), 3}, {4.5, 4.5}, {numeric, 12.5}} {
		if got, err := number(c.value); err != nil || got != c.want {
			t.Errorf("%v: %v, %v", c.value, got, err)
		}
	}
	for _, bad := range []any{nil, "5", true, pgtype.Numeric{}} {
		if got, err := number(bad); err == nil {
			t.Errorf("%v: %v", bad, got)
		}
	}
}

func TestArgs(t *testing.T) {
	cases := []struct {
		settings map[string]string
		want     string
	}{
		{nil, "-c max_connections=200 -c port=1"},
		{map[string]string{"fsync": "off", "max_connections": "400"}, "-c fsync=off -c max_connections=400 -c port=1"},
		{map[string]string{"port": "5"}, "-c max_connections=200 -c port=5 -c port=1"}, // the last one counts
	}
	for _, c := range cases {
		if got := strings.Join(Args(c.settings, "port=1"), " "); got != c.want {
			t.Errorf("%v: %q, want %q", c.settings, got, c.want)
		}
	}
}

func TestParseDSN(t *testing.T) {
	for _, good := range []string{"postgres://u:p@h:5432", "postgresql://h/db?sslmode=disable"} {
		u, err := ParseDSN(good)
		if err != nil {
			t.Errorf("%q: %v", good, err)
			continue
		}
		if got := URL(u, "x_y"); !strings.Contains(got, "/x_y") || strings.Contains(got, "/db") {
			t.Errorf("%q: %q", good, got)
		}
	}
	for _, bad := range []string{"", "host=h user=u", "http://h", "postgres://", "postgres:///db", "postgres://u:secret@h:bad port"} {
		if _, err := ParseDSN(bad); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
