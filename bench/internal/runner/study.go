package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// StudyOptions say to which study a run is added.
type StudyOptions struct {
	Dir     string // folder of the newest study of the scenario, or of its predecessors
	New     bool   // begin another study
	Journal string // path of the study's journal; empty: in its folder

	Verdict *verdict.StudyVerdict // set when the run has ended
}

// membership is a run's place in its study. Without a study it does nothing.
type membership struct {
	options  StudyOptions
	study    *record.Study // nil until the run joins, if it begins the study
	previous *record.Study // the study that a new one succeeds
	dir      string        // of the study
	start    record.Start
}

// findMembership returns the run's place in a study; nil for a run on its own.
func (o Options) findMembership(sc *scenario.Scenario) (*membership, error) {
	if !o.Resume {
		if o.Study == nil {
			return nil, nil
		}
		return o.Study.findStudy(sc)
	}
	run, err := record.OpenRun(o.Dir)
	if err != nil || run.Meta.Run == 0 {
		return nil, err
	}
	m := &membership{dir: filepath.Dir(filepath.Clean(o.Dir))}
	if o.Study != nil {
		m.options = *o.Study
	}
	if m.study, err = record.OpenStudy(m.dir, m.options.Journal); err != nil {
		return nil, BadInput{fmt.Errorf("%s is run %d of a study: %w", o.Dir, run.Meta.Run, err)}
	}
	if run.Meta.Run > len(m.study.Starts) {
		return nil, BadInput{fmt.Errorf("%s: no start of run %d: the journal is of another study", m.study.Journal, run.Meta.Run)}
	}
	m.start = m.study.Starts[run.Meta.Run-1]
	return m, nil
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
	if err := o.member.end(v.Outcome); err != nil {
		return err
	}
	judged := map[int]*verdict.Verdict{o.member.start.Number: v}
	all, err := JudgeStudy(o.Out, o.member.study, judged)
	if o.Study != nil {
		o.Study.Verdict = all
	}
	return err
}

// end records how the run ended.
func (m *membership) end(outcome verdict.Outcome) error {
	if m == nil || m.study == nil {
		return nil
	}
	return m.study.EndRun(m.start.Number, string(outcome))
}

// measuredNothing records that the run ended before its first trial; failed says that the
// service did not start. A study that the run began is removed with it.
func (m *membership) measuredNothing(failed bool) error {
	switch {
	case m == nil:
		return nil
	case m.study == nil:
		return removeEmpty(m.dir)
	case m.start.Number == 0:
		return nil
	case m.start.Number == 1 && len(m.study.Starts) == 1:
		return errors.Join(os.Remove(m.study.Journal), removeEmpty(m.study.Dir))
	}
	if failed {
		return m.end(verdict.Failed)
	}
	return m.end("")
}

func removeEmpty(dir string) error {
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// findStudy looks for the study that a scenario belongs to. If the newest one measures
// something else, a new one will succeed it.
func (o StudyOptions) findStudy(sc *scenario.Scenario) (*membership, error) {
	m := &membership{options: o, dir: o.Dir}
	for n := 2; ; n++ {
		s, err := record.OpenStudy(m.dir, o.Journal)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, BadInput{err}
		}
		m.previous, m.dir = s, fmt.Sprintf("%s-%d", o.Dir, n)
		if o.Journal != "" {
			break // one file is the journal of one study
		}
	}
	if err := m.checkFolder(); err != nil {
		return nil, err
	}
	if p := m.previous; p != nil && !o.New && maps.Equal(withoutArtefacts(p.Measured), record.Measured(sc)) {
		m.study, m.dir, m.previous = p, p.Dir, nil
	}
	return m, nil
}

// checkFolder refuses a folder in which a new study would mix with something else.
func (m *membership) checkFolder() error {
	entries, err := os.ReadDir(m.dir)
	if err == nil && len(entries) > 0 {
		return BadInput{fmt.Errorf("%s exists and holds no study (no %s): name another folder with -out, or resume that run with -resume %s", m.dir, record.StudyFile, m.dir)}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return BadInput{err}
	}
	return nil
}

// runDir is the folder in which the run prepares.
func (m *membership) runDir() string {
	n := 1
	if m.study != nil {
		n = len(m.study.Starts) + 1
	}
	return (&record.Study{Dir: m.dir}).RunDir(n)
}

// join adds the run to its study, once it is known what was built and pulled. Other
// artefacts begin a new study. It returns the run's folder.
func (m *membership) join(sc *scenario.Scenario, facts map[string]string, version string) (dir string, err error) {
	measured := record.Measured(sc)
	maps.Copy(measured, artefacts(facts))
	m.sameImages(measured, facts)
	if m.study != nil && !maps.Equal(m.study.Measured, measured) {
		m.previous, m.study = m.study, nil
		m.dir = nextFolder(m.options.Dir)
	}
	if m.study == nil {
		about := record.StudyMeta{Seed: sc.Seed, Measured: measured}
		if m.previous != nil {
			about.Succeeds = filepath.Base(m.previous.Dir)
		}
		if m.study, err = record.BeginStudy(m.dir, m.options.Journal, about); err != nil {
			return "", BadInput{err}
		}
	}
	m.start, err = m.study.StartRun(version)
	return m.study.RunDir(m.start.Number), err
}

// sameImages takes an artefact as unchanged where an earlier run of the study had the very
// image: files that no line of the Dockerfile copies have changed.
func (m *membership) sameImages(measured, facts map[string]string) {
	if m.study == nil {
		return
	}
	for _, start := range m.study.Starts {
		meta, err := record.ReadMeta(m.study.RunDir(start.Number))
		if err != nil {
			continue // it was deleted
		}
		for name := range artefacts(facts) {
			program := strings.TrimPrefix(name, artefactPrefix)
			id, built := facts["image."+program], facts["context."+program] != ""
			if built && id != "" && id == meta.Machine["image."+program] {
				measured[name] = m.study.Measured[name]
			}
		}
	}
}

func nextFolder(dir string) string {
	for n := 2; ; n++ {
		next := fmt.Sprintf("%s-%d", dir, n)
		if _, err := os.Stat(next); errors.Is(err, fs.ErrNotExist) {
			return next
		}
	}
}
