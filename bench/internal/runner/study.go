package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/study"
	"github.com/memproof/memproof/bench/verdict"
)

// StudyOptions say to which study a run is added.
type StudyOptions struct {
	Dir     string // folder of the newest study of the scenario, or of its predecessors
	New     bool   // begin another study
	Journal string // path of the study's journal; empty: in its folder

	Verdict *study.Verdict // set when the run has ended
}

// membership is a run's place in its study. Without a study it does nothing.
type membership struct {
	options StudyOptions
	study   *record.Study // nil until the run joins, if it begins the study
	begun   bool          // this run began the study
	dir     string        // of the study
	start   record.Start
}

// StudyError is the error of a run that is complete, and whose study could not be
// updated: the run's verdict and report stand.
type StudyError struct {
	Run string // its directory
	Err error
}

func (e StudyError) Error() string {
	return fmt.Sprintf("%s is complete, but its study could not be updated: %v; mend that, then memproof run -resume %s adds the run's outcome", e.Run, e.Err, e.Run)
}

// Unwrap returns the cause.
func (e StudyError) Unwrap() error { return e.Err }

// findMembership returns the run's place in a study; nil for a run on its own.
func (o Options) findMembership(sc *scenario.Scenario) (*membership, error) {
	switch {
	case o.Resume:
		return o.resumeMembership()
	case o.Study == nil:
		return nil, nil
	}
	return o.Study.findStudy(sc)
}

// resumeMembership finds the study that a resumed run was begun in: it refuses a folder
// that has another name by now, and the journal of another study.
func (o Options) resumeMembership() (*membership, error) {
	run, err := record.OpenRun(o.Dir)
	if err != nil || run.Meta.Run == 0 {
		return nil, err
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	m := &membership{dir: filepath.Dir(filepath.Clean(o.Dir))}
	if filepath.Base(o.Dir) != filepath.Base(dir) { // such as "."
		m.dir = filepath.Dir(dir)
	}
	if o.Study != nil {
		m.options = *o.Study
	}
	if m.study, err = record.OpenStudy(m.dir, m.options.Journal); err != nil {
		return nil, BadInput{fmt.Errorf("%s is run %d of a study, and its journal cannot be read: %w; put the run back beside %s, or name the journal with -study",
			o.Dir, run.Meta.Run, err, record.StudyFile)}
	}
	if want := filepath.Base(m.study.RunDir(run.Meta.Run)); filepath.Base(dir) != want {
		return nil, BadInput{fmt.Errorf("%s is run %d of its study, and its folder has another name: rename it to %s", o.Dir, run.Meta.Run, want)}
	}
	if run.Meta.Run > len(m.study.Starts) || !run.Meta.IsOf(m.study.Starts[run.Meta.Run-1]) {
		return nil, BadInput{fmt.Errorf("%s: %s has no such start: the run is of another study, or the journal is", o.Dir, m.study.Journal)}
	}
	m.start = m.study.Starts[run.Meta.Run-1]
	return m, nil
}

// ResumeDir returns the run to resume: the directory itself, or of a study the last run
// that was not finished. journal is as in [StudyOptions].
func ResumeDir(dir, journal string) (string, error) {
	if _, err := record.ReadMeta(dir); err == nil {
		return dir, nil
	}
	s, err := record.OpenStudy(dir, journal)
	if errors.Is(err, fs.ErrNotExist) {
		return dir, nil // the run's error says what is wrong
	}
	if err != nil {
		return "", BadInput{err}
	}
	for _, start := range slices.Backward(s.Starts) {
		if start.End == nil && !start.Deleted && !start.Running {
			return s.RunDir(start.Number), nil
		}
	}
	return "", BadInput{fmt.Errorf("%s has no unfinished run (%s): memproof run SCENARIO adds another one", dir, startsInWords(s))}
}

// startsInWords says what became of each start: "run 1 ended PROVEN, run 2 goes on".
func startsInWords(s *record.Study) string {
	if len(s.Starts) == 0 {
		return "it has no run"
	}
	var all []string
	for _, start := range s.Starts {
		words := missing(start)
		if start.End != nil && start.End.Outcome != "" && !start.Deleted {
			words = "ended " + start.End.Outcome
		}
		all = append(all, fmt.Sprintf("run %d %s", start.Number, words))
	}
	return strings.Join(all, ", ")
}

// setDir sets the run's directory and reports it.
func (o *Options) setDir(dir string) {
	o.Dir = dir
	if o.Began != nil {
		o.Began(dir)
	}
}

// joinStudy adds a new run to its study. The run's directory moves if the artefacts turn
// out to begin another study, or if another run took the number.
func (o *Options) joinStudy(sc *scenario.Scenario, facts map[string]string, moveLogs func(dir string)) error {
	if o.member == nil || o.Resume {
		return nil
	}
	dir, err := o.member.join(sc, facts, facts["memproof"])
	if err != nil || dir == o.Dir {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	if err := os.Rename(o.Dir, dir); err != nil {
		return err
	}
	moveLogs(dir)
	o.setDir(dir)
	return nil
}

// endStudy records the run's outcome and judges the study.
func (o *Options) endStudy(v *verdict.Verdict) error {
	if o.member == nil {
		return nil
	}
	dir := o.member.study.RunDir(o.member.start.Number)
	if err := o.member.end(v.Outcome); err != nil {
		return StudyError{dir, err}
	}
	judged := map[int]*verdict.Verdict{o.member.start.Number: v}
	all, err := JudgeStudy(o.Out, o.member.study, judged)
	if err != nil {
		return StudyError{dir, err}
	}
	if o.Study != nil {
		o.Study.Verdict = all
	}
	return nil
}

// end records how the run ended.
func (m *membership) end(outcome verdict.Outcome) error {
	if m == nil || m.study == nil {
		return nil
	}
	return m.study.EndRun(m.start.Number, string(outcome))
}

// measuredNothing records that the run ended before its first trial; failed says that the
// service did not start. A study that the run began is removed with it, unless another
// run has joined it.
func (m *membership) measuredNothing(failed bool) error {
	switch {
	case m == nil:
		return nil
	case m.study == nil:
		return files.RemoveEmpty(m.dir)
	case m.begun:
		if removed, err := m.study.RemoveUnused(m.start.Number); removed || err != nil {
			return err
		}
	}
	switch {
	case m.start.Number == 0:
		return nil
	case failed:
		return m.end(verdict.Failed)
	}
	return m.end("")
}
