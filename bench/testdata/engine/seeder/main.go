// Seeder makes a table with as many rows as its argument says, and fails
// without one.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5"
)

func main() {
	if err := seed(context.Background(), os.Args[1:]); err != nil {
		fmt.Println("seeder:", err)
		os.Exit(1)
	}
}

func seed(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("want one argument, not %q", args)
	}
	c, err := pgx.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, "CREATE TABLE ledger (id serial)"); err != nil {
		return err
	}
	_, err = c.Exec(ctx, "INSERT INTO ledger SELECT generate_series(1, $1::text::int)", args[0])
	return err
}
