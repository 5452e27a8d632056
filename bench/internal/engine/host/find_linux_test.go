package host

import (
	"fmt"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/postgres"
)

// The doctor shows the address of a given server without its password.
func TestGivenServerIsShownWithoutPassword(t *testing.T) {
	for dsn, want := range map[string]string{
		"postgres://app:hunter2@127.0.0.1:1/shop":               "postgres://app@127.0.0.1:1/shop (" + postgres.DSNEnv + ")",
		"postgres://app@127.0.0.1:1/shop?passfile=/hunter2/.pg": "postgres://app@127.0.0.1:1/shop (" + postgres.DSNEnv + ")",
		"host=127.0.0.1 user=app password=hunter2":              "is not the URL of a Postgres",
	} {
		t.Setenv(postgres.DSNEnv, dsn)
		f := find(t.Context(), nil)
		said := fmt.Sprint(f.Err, f.Checks(t.Context(), backend.Standing{Asked: true}))
		if !strings.Contains(said, want) || strings.Contains(said, "hunter2") {
			t.Errorf("%s: got %q, want %q", dsn, said, want)
		}
	}
}
