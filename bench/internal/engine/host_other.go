//go:build !linux

package engine

import (
	"context"
	"fmt"
	"runtime"
)

func hostAble() error { return hostReady() }

// hostReady says why the host engine can't run here.
func hostReady() error {
	return fmt.Errorf("the host engine reads /proc and pins processors, so it needs Linux, not %s: start Docker", runtime.GOOS)
}

func openHost(context.Context, *Session) (backend, error) { return nil, hostReady() }

// keepMain returns: there are no keepers.
func keepMain() {}
