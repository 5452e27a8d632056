package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/memproof/memproof/variants/internal/gateway"
)

func main() {
	o, err := parse(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	began := time.Now()
	err = fill(ctx, os.Getenv("DATABASE_URL"), o)
	stop()
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("Seeded %d passages, %d keys and %d ledger rows in %.1f s", o.passages, o.keys, o.ledger, time.Since(began).Seconds())
}

// options are the flags.
type options struct {
	passages, keys, ledger int
	seed                   uint64
}

func parse(args []string, out io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("seed", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.IntVar(&o.passages, "passages", 1000, "passages of the catalogue, about 1.7 KB each")
	flags.IntVar(&o.keys, "keys", 10, "API keys")
	flags.IntVar(&o.ledger, "ledger", 10_000, "ledger rows")
	flags.Uint64Var(&o.seed, "seed", 1, "another seed gives other rows")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	switch {
	case flags.NArg() > 0:
		return options{}, fmt.Errorf("%q is no flag", flags.Arg(0))
	case o.passages < 0 || o.ledger < 0 || o.keys < 0:
		return options{}, errors.New("-passages, -keys and -ledger can't be negative")
	case o.ledger > 0 && o.keys == 0:
		return options{}, errors.New("-ledger rows need at least one of -keys")
	}
	return o, nil
}

// fill does it in one transaction: a seed that is interrupted leaves the database empty.
func fill(ctx context.Context, url string, o options) error {
	if url == "" {
		return errors.New("DATABASE_URL is not set")
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		// Without parameters the text is sent as it is, many statements in one.
		if _, err := tx.Exec(ctx, gateway.Schema); err != nil {
			return fmt.Errorf("create the tables (the database must be empty): %w", err)
		}
		return load(ctx, tx, o)
	})
	if err != nil {
		return err
	}
	if err := rollUp(ctx, conn); err != nil {
		return fmt.Errorf("roll the ledger up: %w", err)
	}
	if _, err := conn.Exec(ctx, "VACUUM (FREEZE, ANALYZE)"); err != nil {
		return fmt.Errorf("vacuum: %w", err)
	}
	return nil
}
