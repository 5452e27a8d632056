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

// companion is a program that runs beside a variant, for one trial.
type sidecar struct {
	scenario.Sidecar
	port int
	log  string
	proc backend.Process
	feed *backend.Feed
}

// startCompanions starts those that come before the variant, or those after it,
// each when the one before is ready. What was started is in t.beside, for end to
// stop.
func (t *trial) startCompanions(ctx context.Context, after bool) error {
	for _, c := range t.session.scenario.SidecarsFor(t.plan.Arm.Variant) {
		if c.After != after {
			continue
		}
		if err := t.startCompanion(ctx, c); err != nil {
			return fmt.Errorf("beside %q: %w", c.Name, err)
		}
	}
	return nil
}

func (t *trial) startCompanion(ctx context.Context, about scenario.Sidecar) (err error) {
	b := t.session.backend
	c := &sidecar{Sidecar: about, log: filepath.Join(t.plan.Dir, "beside-"+about.Name+".log")}
	if about.Port != 0 {
		if c.port, err = b.Port(about.Port); err != nil {
			return err
		}
	}
	sp, err := t.companionSpec(c)
	if err != nil {
		return err
	}
	if c.proc, err = b.Start(ctx, sp); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	t.beside = append(t.beside, c)
	if c.Waits() {
		if err := awaitReady(ctx, c.proc, c.port, c.Ready, c.log); err != nil {
			return fmt.Errorf("start: %w", err)
		}
	}
	if c.feed, err = b.Sample(ctx, c.proc, t.session.sampling("sampler-"+c.Name, aroundRate)); err != nil {
		return fmt.Errorf("sampler: %w", err)
	}
	return nil
}

func (t *trial) companionSpec(c *sidecar) (backend.Spec, error) {
	vars := t.vars(c.Name, c.port)
	sp := backend.Spec{
		Program: backend.Program{Program: c.Program()}, Name: c.Name, Log: c.log, Signal: c.Stop.Signal, Init: c.Init,
		Files: t.files(c.Name, c.Files, vars),
	}
	if c.Port != 0 {
		sp.Ports = []int{c.port}
	}
	return filled(sp, c.Env, vars)
}

// addresses are the placeholders that companions give each other and the variant.
func (t *trial) addresses(to map[string]string) {
	for _, c := range t.beside {
		if c.Port != 0 {
			to[c.Name+".address"] = t.session.backend.Address(c.Name, c.port)
		}
	}
	if t.proc != nil {
		to["variant.address"] = t.session.backend.Address(variantName(t.plan.Arm.Variant), t.port)
	}
}

// lost tells of those that have ended by themselves, while the variant had not: one
// that ends because its variant did is no news.
func (t *trial) lost() string {
	var told []string
	if t.proc != nil && backend.HasEnded(t.proc) {
		return ""
	}
	for _, c := range t.beside {
		if backend.HasEnded(c.proc) {
			told = append(told, fmt.Sprintf("%s, beside it, %s by itself%s", c.Name, c.proc.End(), logfile.QuoteTail(c.log)))
		}
	}
	return strings.Join(told, "\n")
}

// endCompanions stops those that were started, the last first, of those that
// come after the variant or of the others.
func (t *trial) endCompanions(ctx context.Context, after bool) (err error) {
	for _, c := range slices.Backward(t.beside) {
		if c.After == after {
			err = errors.Join(err, c.stop(ctx))
		}
	}
	return err
}

func (c *sidecar) stop(ctx context.Context) (err error) {
	if c.feed != nil {
		err = c.feed.Stop(ctx)
	}
	_, stopErr := c.proc.Stop(ctx, c.Stop.Grace)
	return errors.Join(err, stopErr)
}
