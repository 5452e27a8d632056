package host

import (
	"context"
	"fmt"
	"runtime"

	"github.com/memproof/memproof/bench/internal/engine/backend"
)

// supported returns why the host engine can't run on this system.
func supported() error {
	return fmt.Errorf("the host engine reads /proc and pins processors, so it needs Linux, not %s: start Docker", runtime.GOOS)
}

func open(context.Context, backend.Options) (backend.Backend, error) { return nil, supported() }

func findPostgres() (string, error) { return "", supported() }

// keepMain returns: there are no keepers.
func keepMain() {}
