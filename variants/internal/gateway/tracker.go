package gateway

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	trackEvery = 5 * time.Second
	// trackedHours is how far back the counters reach: 30 days, and not the month to date, whose memory would depend on the
	// day of the month on which it is measured.
	trackedHours = 30 * 24
	trackLimit   = 30 * time.Second // for one round
)

// cell is one row of the rollups: what a key used of a model within an hour.
type cell struct {
	key   int64
	model string
	hour  int64 // hours since 1970 in UTC
}

type counts struct{ requests, promptTokens, completionTokens int64 }

func (c *counts) add(d counts) {
	c.requests += d.requests
	c.promptTokens += d.promptTokens
	c.completionTokens += d.completionTokens
}

// tracker is the usage tracking scheduler: the counters of the last 30 days, kept equal to the ledger's rows below a
// transaction number and rolled up from there.
//
// It writes sums and not increments, and only where the rollups are behind it, in one transaction with the number up to
// which they are complete. So any number of trackers may run at once, each may stop at any statement, and every row is
// counted once.
type tracker struct {
	conn    *pgx.Conn
	cells   map[cell]*counts
	changed map[cell]struct{} // since the rollups were last written
	before  int64             // the transaction number below which cells holds every row
	models  map[string]string // one string per model, however many cells name it
	oldest  int64             // the first hour of the window when forget last looked
}

// track connects, loads the counters and keeps them until ctx ends or something fails.
func track(ctx context.Context, database string) error {
	conn, err := connect(ctx, database, trackLimit)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	t := &tracker{conn: conn, cells: map[cell]*counts{}, changed: map[cell]struct{}{}, models: map[string]string{}}
	if err := limited(ctx, loadLimit, t.load); err != nil {
		return err
	}
	tick := time.NewTicker(trackEvery)
	defer tick.Stop()
	for {
		if err := limited(ctx, trackLimit, t.advance); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func limited(ctx context.Context, limit time.Duration, run func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return run(ctx)
}

// advance reads the ledger's new rows, writes the rollups and forgets what is too old.
func (t *tracker) advance(ctx context.Context) error {
	before, err := t.read(ctx)
	if err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	if err := t.write(ctx, before); err != nil {
		return fmt.Errorf("write the rollups: %w", err)
	}
	t.forget(time.Now())
	return nil
}

func (t *tracker) count(c cell, d counts) {
	if model, ok := t.models[c.model]; ok {
		c.model = model
	} else {
		t.models[c.model] = c.model
	}
	have, ok := t.cells[c]
	if !ok {
		have = &counts{}
		t.cells[c] = have
	}
	have.add(d)
}

// forget drops the cells that have left the window. One that was just written is in the rollups, where it is wanted.
func (t *tracker) forget(now time.Time) {
	oldest := now.Unix()/3600 - trackedHours
	if oldest == t.oldest {
		return
	}
	t.oldest = oldest
	for c := range t.cells {
		if c.hour < oldest {
			delete(t.cells, c)
		}
	}
}
