package runner

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/memproof/memproof/bench/internal/report"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// JudgeStudy judges the runs of a study from their raw data, or takes the verdict that a
// run left if it has none, and writes the study's verdict and report. judged holds the
// verdicts that are known already, by the number of the run; it may be nil.
func JudgeStudy(out io.Writer, s *record.Study, judged map[int]*verdict.Verdict) (*verdict.StudyVerdict, error) {
	var runs []verdict.StudyRun
	name := filepath.Base(s.Dir)
	for _, start := range s.Starts {
		run := verdict.StudyRun{Number: start.Number}
		v, err := judged[start.Number], error(nil)
		if v == nil {
			v, err = verdictOf(s, start)
		}
		switch {
		case err != nil:
			return nil, err
		case v == nil:
			run.Missing = missing(start)
		default:
			run.Verdict, run.Outcome, name = v, v.Outcome, v.Scenario
		}
		if start.End != nil && start.End.Outcome == string(verdict.Failed) {
			run.Outcome = verdict.Failed // also a service that did not start, which leaves no trial
		}
		runs = append(runs, run)
	}
	v := verdict.JudgeStudy(name, runs)
	changed, err := changedSince(s)
	if err != nil {
		return nil, err
	}
	if err := report.WriteStudy(s, v, changed); err != nil {
		return nil, err
	}
	return v, report.ClosingStudy(out, s, v)
}

// missing says why a start has no verdict.
func missing(start record.Start) string {
	switch {
	case start.Deleted && start.End != nil && start.End.Outcome == "":
		return "measured nothing"
	case start.Deleted:
		return "was deleted"
	case start.End == nil:
		return "was interrupted or goes on"
	}
	return "has no verdict"
}

// verdictOf judges a run of the study; nil if it has no verdict.
func verdictOf(s *record.Study, start record.Start) (*verdict.Verdict, error) {
	if start.Deleted || start.End == nil {
		return nil, nil
	}
	dir := s.RunDir(start.Number)
	run, err := record.OpenRun(dir)
	if err == nil {
		return verdict.Judge(run)
	}
	if !errors.As(err, new(record.NoRawData)) {
		return nil, err
	}
	v := new(verdict.Verdict)
	return v, record.ReadJSON(filepath.Join(dir, record.VerdictFile), v)
}

// changedSince lists what differs from the study that this one succeeds, whose folder
// lies beside it.
func changedSince(s *record.Study) ([]string, error) {
	if s.Succeeds == "" {
		return nil, nil
	}
	before, err := record.OpenStudy(filepath.Join(filepath.Dir(s.Dir), s.Succeeds), "")
	if errors.Is(err, fs.ErrNotExist) {
		return []string{"the earlier study is not here: " + s.Succeeds}, nil
	}
	if err != nil {
		return nil, err
	}
	return s.Changed(before.StudyMeta), nil
}
