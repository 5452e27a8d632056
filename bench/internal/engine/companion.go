package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/scenario"
)

// companion is a program that runs beside a variant, for one trial.
type companion struct {
	scenario.Companion
	port int
	log  string
	proc process
	feed *feed
}

// companionPrograms are those of the scenario and of its variants.
func companionPrograms(sc *scenario.Scenario) (all []program) {
	add := func(whose, fact string, list []scenario.Companion) {
		for _, c := range list {
			all = append(all, program{who: fmt.Sprintf("beside %q%s", c.Name, whose), fact: "beside." + fact + c.Name, Program: c.Program()})
		}
	}
	add("", "", sc.Beside)
	for _, v := range sc.Variants {
		add(fmt.Sprintf(" of variant %q", v.Name), v.Name+".", v.Beside)
	}
	return all
}

// startCompanions starts those that come before the variant, or those after it,
// each when the one before is ready. What was started is in t.beside, for end to
// stop.
func (t *trial) startCompanions(ctx context.Context, after bool) error {
	for _, c := range t.session.scenario.Companions(t.plan.Variant) {
		if c.After != after {
			continue
		}
		if err := t.startCompanion(ctx, c); err != nil {
			return fmt.Errorf("beside %q: %w", c.Name, err)
		}
	}
	return nil
}

func (t *trial) startCompanion(ctx context.Context, about scenario.Companion) (err error) {
	b := t.session.backend
	c := &companion{Companion: about, log: filepath.Join(t.plan.Dir, "beside-"+about.Name+".log")}
	if about.Port != 0 {
		if c.port, err = b.port(about.Port); err != nil {
			return err
		}
	}
	sp, err := t.companionSpec(c)
	if err != nil {
		return err
	}
	if c.proc, err = b.start(ctx, sp); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	t.beside = append(t.beside, c)
	if c.Waits() {
		if err := awaitReady(ctx, c.proc, c.port, c.Ready, c.log); err != nil {
			return fmt.Errorf("start: %w", err)
		}
	}
	if c.feed, err = b.sample(ctx, c.proc, t.session.sampling("sampler-"+c.Name, aroundRate)); err != nil {
		return fmt.Errorf("sampler: %w", err)
	}
	return nil
}

func (t *trial) companionSpec(c *companion) (spec, error) {
	vars := t.vars(c.Name, c.port)
	sp := spec{
		program: program{Program: c.Program()}, name: c.Name, log: c.log, signal: c.Stop.Signal, init: c.Init,
		files: t.files(c.Name, c.Files, vars),
	}
	if c.Port != 0 {
		sp.ports = []int{c.port}
	}
	return sp.filled(c.Env, vars)
}

// addresses are the placeholders that companions give each other and the variant.
func (t *trial) addresses(to map[string]string) {
	for _, c := range t.beside {
		if c.Port != 0 {
			to[c.Name+".address"] = t.session.backend.reach(c.Name, c.port)
		}
	}
	if t.proc != nil {
		to["variant.address"] = t.session.backend.reach(variantName(t.plan.Variant), t.port)
	}
}

// lost tells of those that have ended by themselves, while the variant had not: one
// that ends because its variant did is no news.
func (t *trial) lost() string {
	var told []string
	if t.proc != nil && hasEnded(t.proc) {
		return ""
	}
	for _, c := range t.beside {
		if hasEnded(c.proc) {
			told = append(told, fmt.Sprintf("%s, beside it, %s by itself%s", c.Name, c.proc.end(), quoteTail(c.log)))
		}
	}
	return strings.Join(told, "\n")
}

func hasEnded(p process) bool {
	select {
	case <-p.done():
		return true
	default:
		return false
	}
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

func (c *companion) stop(ctx context.Context) (err error) {
	if c.feed != nil {
		err = c.feed.stop(ctx)
	}
	_, stopErr := c.proc.stop(ctx, c.Stop.Grace)
	return errors.Join(err, stopErr)
}
