package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/logfile"
	"github.com/memproof/memproof/bench/scenario"
)

// sidecar is a sidecar of one trial.
type sidecar struct {
	scenario.Sidecar
	port int
	log  string
	proc backend.Process
	feed *backend.Feed
}

// startSidecars starts the sidecars that come before the variant, or after it, each
// when the last one is ready. Those that were started are in t.sidecars, also after an
// error.
func (t *trial) startSidecars(ctx context.Context, after bool) error {
	for _, c := range t.session.scenario.SidecarsFor(t.plan.Arm.Variant) {
		if c.After != after {
			continue
		}
		if err := t.startSidecar(ctx, c); err != nil {
			return fmt.Errorf("sidecar %q: %w", c.Name, err)
		}
	}
	return nil
}

func (t *trial) startSidecar(ctx context.Context, of scenario.Sidecar) (err error) {
	b := t.session.backend
	c := &sidecar{Sidecar: of, log: filepath.Join(t.plan.Dir, "sidecar-"+of.Name+".log")}
	sp := backend.Spec{Program: backend.Program{Program: c.Program()}, Name: c.Name, Log: c.log, Signal: c.Stop.Signal, Init: c.Init}
	if c.Port != 0 {
		if c.port, err = b.Port(c.Port); err != nil {
			return err
		}
		sp.Ports = []int{c.port}
	}
	if err := t.fill(&sp, c.Env, c.Files, c.port); err != nil {
		return err
	}
	if c.proc, err = b.Start(ctx, sp); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	t.sidecars = append(t.sidecars, c)
	if c.Waits() {
		if err := awaitReady(ctx, c.proc, c.port, c.Ready, c.log); err != nil {
			return fmt.Errorf("start: %w", err)
		}
	}
	if c.feed, err = b.Sample(ctx, c.proc, t.session.sampling("sampler-"+c.Name, dependencyRate)); err != nil {
		return fmt.Errorf("sampler: %w", err)
	}
	return nil
}

// lostSidecars describes the sidecars that ended by themselves. It is empty where the
// variant ended too, as that may have ended them.
func (t *trial) lostSidecars() string {
	if t.proc != nil && backend.HasEnded(t.proc) {
		return ""
	}
	var lost []string
	for _, c := range t.sidecars {
		if backend.HasEnded(c.proc) {
			lost = append(lost, fmt.Sprintf("sidecar %s %s by itself%s", c.Name, c.proc.End(), logfile.QuoteTail(c.log)))
		}
	}
	return strings.Join(lost, "\n")
}

// stopSidecars stops the sidecars that come before the variant, or after it, the last
// first.
func (t *trial) stopSidecars(ctx context.Context, after bool) (err error) {
	for _, c := range slices.Backward(t.sidecars) {
		if c.After != after {
			continue
		}
		if c.feed != nil {
			err = errors.Join(err, c.feed.Stop(ctx))
		}
		_, stopErr := c.proc.Stop(ctx, c.Stop.Grace)
		err = errors.Join(err, stopErr)
	}
	return err
}
