package main

import (
	"context"
	"errors"

	"github.com/memproof/memproof/bench/internal/report"
	"github.com/memproof/memproof/bench/internal/runner"
	"github.com/memproof/memproof/bench/study"
)

func compareCommand(_ context.Context, c *invocation) (int, error) {
	dirs, err := c.parse("two directories, of runs or of studies", 2, 2)
	if err != nil {
		return 0, err
	}
	var sides [2]study.Side
	for i, dir := range dirs {
		if sides[i], err = runner.ComparedSide(dir); err != nil {
			return 0, err
		}
	}
	compared, err := study.Compare(sides[0], sides[1])
	if errors.As(err, new(study.NotComparable)) {
		return 0, runner.BadInput{Err: err}
	}
	if err != nil {
		return 0, err
	}
	return 0, report.Comparison(c.out, compared)
}
