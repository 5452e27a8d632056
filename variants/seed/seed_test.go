package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/memproof/memproof/variants/internal/gateway"
	"github.com/memproof/memproof/variants/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }

func value[T any](t *testing.T, url, query string, args ...any) T {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var v T
	if err := conn.QueryRow(context.Background(), query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

func TestFill(t *testing.T) {
	url := pgtest.Database(t)
	if err := fill(context.Background(), url, options{passages: 200, keys: 3, ledger: 2000, seed: 1}); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{
		"SELECT count(*) FROM passages":                                                   200,
		"SELECT count(*) FROM passages WHERE length(body) < 1450":                         0,
		"SELECT count(*) FROM passages WHERE octet_length(body) > 2000":                   0,
		"SELECT count(*) FROM api_keys":                                                   3,
		"SELECT count(*) FROM usage_ledger":                                               2000,
		"SELECT count(DISTINCT key_id) FROM usage_ledger":                                 3,
		"SELECT count(DISTINCT model) FROM usage_ledger":                                  len(gateway.Models()),
		"SELECT count(*) FROM usage_ledger WHERE created_at > now()":                      0,
		"SELECT count(DISTINCT created_at::date) / 30 FROM usage_ledger":                  1, // all 30 or 31 days
		"SELECT sum(requests)::bigint FROM usage_rollup":                                  2000,
		"SELECT count(*) FROM usage_ledger, usage_rolled WHERE tx >= before":              0,
		"SELECT count(*) FROM usage_ledger WHERE key_id NOT IN (SELECT id FROM api_keys)": 0,
	} {
		if got := value[int](t, url, query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	if n := value[int](t, url, "SELECT count(*) FROM api_keys WHERE digest = $1", gateway.KeyDigest("key-2")); n != 1 {
		t.Error("there is no key-2")
	}
}

func TestFillIsTheSameForTheSameSeed(t *testing.T) {
	digest := func(seed uint64) string {
		url := pgtest.Database(t)
		if err := fill(context.Background(), url, options{passages: 50, keys: 2, ledger: 50, seed: seed}); err != nil {
			t.Fatal(err)
		}
		return value[string](t, url, `SELECT md5(string_agg(body, '' ORDER BY id)) ||
			(SELECT md5(string_agg(key_id || model || prompt_tokens, '' ORDER BY request_id)) FROM usage_ledger) FROM passages`)
	}
	one := digest(1)
	if again := digest(1); again != one {
		t.Errorf("seed 1 gave %s and %s", one, again)
	}
	if other := digest(2); other == one {
		t.Error("seeds 1 and 2 gave the same rows")
	}
}

func TestFillRefusesAFullDatabase(t *testing.T) {
	url := pgtest.Database(t)
	o := options{passages: 5, keys: 1, ledger: 5, seed: 1}
	if err := fill(context.Background(), url, o); err != nil {
		t.Fatal(err)
	}
	if err := fill(context.Background(), url, o); err == nil || !strings.Contains(err.Error(), "must be empty") {
		t.Errorf("a second seed gave %v", err)
	}
	if n := value[int](t, url, "SELECT count(*) FROM passages"); n != 5 {
		t.Errorf("and left %d passages", n)
	}
}

func TestFillNeedsADatabase(t *testing.T) {
	for _, url := range []string{"", "postgres://u@/none?host=/nonexistent"} {
		if err := fill(context.Background(), url, options{}); err == nil || !strings.HasPrefix(err.Error(), "DATABASE_URL") {
			t.Errorf("%q gives %v, want an error that names the variable", url, err)
		}
	}
}

func TestParse(t *testing.T) {
	got, err := parse(strings.Fields("-passages 9 -keys 2 -ledger 3 -seed 4"), io.Discard)
	if want := (options{9, 2, 3, 4}); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, args := range []string{"-passages -1", "-ledger 5 -keys 0", "-keys x", "60000", fmt.Sprint("-seed ", -1)} {
		if got, err := parse(strings.Fields(args), io.Discard); err == nil {
			t.Errorf("%q gives %+v", args, got)
		}
	}
}
