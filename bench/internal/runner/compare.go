package runner

import (
	"errors"
	"io/fs"

	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/study"
)

// ComparedSide opens the directory of a run or of a study and judges it, to be compared.
// A run needs its raw data; a run of a study may have its verdict alone.
func ComparedSide(dir string) (side study.Side, err error) {
	side.Dir = dir
	s, err := record.OpenStudy(dir, "")
	if errors.Is(err, fs.ErrNotExist) {
		return oneRun(dir)
	}
	if err != nil {
		return side, BadInput{err}
	}
	for _, start := range s.Starts {
		run, v, err := judgedRun(s, start)
		if err != nil && !errors.As(err, new(foreignRun)) {
			return side, err
		}
		if v != nil {
			side.Runs = append(side.Runs, study.JudgedRun{Run: run, Verdict: v})
		}
	}
	return side, nil
}

func oneRun(dir string) (side study.Side, err error) {
	run, err := record.OpenRun(dir)
	if err != nil {
		return side, BadInput{err}
	}
	return study.SideOf(run)
}
