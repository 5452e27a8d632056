package runner

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/memproof/memproof/bench/internal/report"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/study"
	"github.com/memproof/memproof/bench/verdict"
)

// JudgeStudy judges the runs of a study from their raw data, or takes the verdict that a
// run left if it has none, and writes the study's verdict and report. judged holds the
// verdicts that are known already, by the number of the run; it may be nil.
func JudgeStudy(out io.Writer, s *record.Study, judged map[int]*verdict.Verdict) (*study.Verdict, error) {
	var runs []study.Run
	name := filepath.Base(s.Dir)
	for _, start := range s.Starts {
		run := study.Run{Number: start.Number}
		v, err := judged[start.Number], error(nil)
		if v == nil {
			_, v, err = judgedRun(s, start)
		}
		switch {
		case errors.As(err, new(foreignRun)):
			run.Missing = err.Error()
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
	v := study.Judge(name, runs)
	v.Notes = notesOn(s)
	changed, err := changedSince(s)
	if err != nil {
		return nil, err
	}
	if err := report.WriteStudy(s, v, changed); err != nil {
		return nil, err
	}
	return v, report.ClosingStudy(out, s, v, judged != nil)
}

// notesOn names the runs in the study's folder that its journal does not have: they do not
// count. And the verdicts that stand for raw data which is gone, and are not the ones
// that the runs ended with.
func notesOn(s *record.Study) (notes []string) {
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return []string{err.Error()}
	}
	known := map[string]bool{}
	for _, start := range s.Starts {
		known[filepath.Base(s.RunDir(start.Number))] = true
	}
	for _, e := range entries {
		if _, err := record.ReadMeta(filepath.Join(s.Dir, e.Name())); err == nil && !known[e.Name()] {
			notes = append(notes, e.Name()+" is not in the journal and does not count: it was renamed or copied in")
		}
	}
	for _, start := range s.Starts {
		if changed, err := s.VerdictChanged(start); err != nil {
			notes = append(notes, err.Error())
		} else if changed {
			notes = append(notes, fmt.Sprintf("run %d has no raw data, and its verdict.json is not the one that it ended with", start.Number))
		}
	}
	return notes
}

// missing says why a start has no verdict.
func missing(start record.Start) string {
	switch {
	case start.Deleted && start.End != nil && start.End.Outcome == "":
		return "measured nothing"
	case start.Deleted:
		return "was deleted"
	case start.Running:
		return "goes on"
	case start.End == nil:
		return "was interrupted"
	}
	return "has no verdict"
}

// judgedRun judges a run of the study, or reads the verdict that it left if its raw data
// is gone. Both are nil if it has no verdict.
func judgedRun(s *record.Study, start record.Start) (*record.Run, *verdict.Verdict, error) {
	if start.Deleted || start.End == nil {
		return nil, nil, nil
	}
	dir := s.RunDir(start.Number)
	if meta, err := record.ReadMeta(dir); err == nil && !meta.IsOf(start) {
		return nil, nil, foreignRun{filepath.Base(dir)}
	}
	run, err := record.OpenRun(dir)
	v := new(verdict.Verdict)
	switch {
	case err == nil:
		v, err = verdict.Judge(run)
	case errors.As(err, new(record.NoRawData)):
		err = record.ReadJSON(filepath.Join(dir, record.VerdictFile), v)
	}
	if err != nil {
		return nil, nil, err
	}
	return run, v, nil
}

// foreignRun is the error of a folder that holds a run of another study, or another run
// of this one.
type foreignRun struct{ folder string }

func (e foreignRun) Error() string { return "does not count: " + e.folder + " holds another run" }

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
