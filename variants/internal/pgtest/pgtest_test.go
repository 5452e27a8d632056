package pgtest

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { os.Exit(Run(m)) }

func TestDatabasesAreSeparate(t *testing.T) {
	one, two := Database(t), Database(t)
	Exec(t, one, "CREATE TABLE mark (n int)")
	Exec(t, two, "CREATE TABLE mark (n int)")
}

func TestServerComesBackWithItsData(t *testing.T) {
	s := Start(t)
	Exec(t, s.URL("postgres"), "CREATE TABLE mark (n int)")
	s.Stop()
	if conn, err := pgx.Connect(context.Background(), s.URL("postgres")); err == nil {
		conn.Close(context.Background())
		t.Fatal("a stopped server answers")
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	Exec(t, s.URL("postgres"), "INSERT INTO mark VALUES (1)")
}
