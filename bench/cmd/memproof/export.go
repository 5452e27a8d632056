package main

import (
	"context"
	"fmt"
	"io"

	"github.com/memproof/memproof/bench/internal/runner"
	"github.com/memproof/memproof/bench/record"
)

func exportCommand(_ context.Context, args []string, out, errOut io.Writer) (int, error) {
	var e runner.Export
	fs := newFlags("export", errOut)
	fs.StringVar(&e.Variant, "variant", "", "only the trials of the variant of this `name`")
	fs.IntVar(&e.Block, "block", 0, "only the trials of this block, from 1")
	fs.StringVar(&e.To, "to", "", "result `file` of vegeta's to make; .json and .csv have their own encoding")
	dirs, err := parse(fs, args)
	if err != nil {
		return 0, err
	}
	if len(dirs) > 1 { // flags may follow the directory
		rest, err := parse(fs, dirs[1:])
		if err != nil {
			return 0, err
		}
		dirs = append(dirs[:1], rest...)
	}
	if len(dirs) != 1 || e.To == "" {
		return 0, badInput("export takes one run directory and -to FILE")
	}
	run, err := record.OpenRun(dirs[0])
	if err != nil {
		return 0, runner.BadInput{Err: err}
	}
	trials, hits, err := e.Write(run)
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(out, "%s: %d hits of %d trials\n", e.To, hits, trials)
	return 0, nil
}
