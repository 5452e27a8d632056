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
)

// newest returns the last of the studies NAME, NAME-2, NAME-3, …; nil if there is none.
// free is the folder after it. One file is the journal of one study.
func (o StudyOptions) newest() (s *record.Study, free string, err error) {
	free = o.Dir
	for n := 2; ; n++ {
		next, err := record.OpenStudy(free, o.Journal)
		if errors.Is(err, fs.ErrNotExist) {
			return s, free, nil
		}
		if err != nil {
			return nil, "", BadInput{err}
		}
		s, free = next, fmt.Sprintf("%s-%d", o.Dir, n)
		if o.Journal != "" {
			return s, free, nil
		}
	}
}

// findStudy looks for the study that a scenario belongs to. If the newest one measures
// something else, a new one will succeed it.
func (o StudyOptions) findStudy(sc *scenario.Scenario) (*membership, error) {
	s, free, err := o.newest()
	if err != nil {
		return nil, err
	}
	if s != nil && !o.New && maps.Equal(withoutArtefacts(s.Measured), record.Measured(sc)) {
		return &membership{options: o, study: s, dir: s.Dir}, nil
	}
	m := &membership{options: o, dir: free}
	return m, m.checkNew(s, record.Measured(sc))
}

// checkNew refuses a new study where it would mix with something else: another study in
// the given journal, or other files in the folder.
func (m *membership) checkNew(previous *record.Study, measured map[string]string) error {
	if m.options.Journal != "" && previous != nil {
		changed := record.StudyMeta{Measured: withoutArtefacts(measured)}.Changed(record.StudyMeta{Measured: withoutArtefacts(previous.Measured)})
		changed = append(changed, artefactChanges(measured, previous.Measured)...)
		return BadInput{fmt.Errorf("%s is the journal of another study: name another file with -study to begin one\n  %s",
			m.options.Journal, strings.Join(changed, "\n  "))}
	}
	entries, err := os.ReadDir(m.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return BadInput{err}
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), preparing) && !strings.HasPrefix(e.Name(), ".") { // a journal about to begin
			return BadInput{fmt.Errorf("%s exists and holds no study (no %s): name another folder with -out, or resume that run with -resume %s", m.dir, record.StudyFile, m.dir)}
		}
	}
	return nil
}

// artefactChanges lists the artefacts that are known to differ: before a build none are.
func artefactChanges(is, was map[string]string) []string {
	only := func(measured map[string]string) record.StudyMeta {
		own := maps.Clone(measured)
		maps.DeleteFunc(own, func(name, _ string) bool { return !strings.HasPrefix(name, record.ArtefactPrefix) })
		return record.StudyMeta{Measured: own}
	}
	if after := only(is); len(after.Measured) > 0 {
		return after.Changed(only(was))
	}
	return nil
}

// preparing begins the name of the folder in which a run prepares: only when it joins its
// study does it get a number. Two processes may begin at once.
const preparing = "preparing-"

// runDir is the folder in which the run prepares.
func (m *membership) runDir() string {
	return filepath.Join(m.dir, fmt.Sprint(preparing, os.Getpid()))
}

// joinAttempts is how often a run looks again for its study because another process began
// or removed one at the same moment.
const joinAttempts = 100

// join adds the run to its study, once it is known what was built and pulled. Other
// artefacts begin a new study. It returns the run's folder.
func (m *membership) join(sc *scenario.Scenario, facts map[string]string, version string) (dir string, err error) {
	for range joinAttempts {
		dir, err = m.tryJoin(sc, facts, version)
		if !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return dir, err
}

func (m *membership) tryJoin(sc *scenario.Scenario, facts map[string]string, version string) (dir string, err error) {
	s, free, err := m.options.newest()
	if err != nil {
		return "", err
	}
	measured := record.Measured(sc)
	maps.Copy(measured, artefacts(facts))
	sameImages(s, measured, facts)
	m.study, m.begun = s, false
	if s == nil || m.options.New || !maps.Equal(s.Measured, measured) {
		if err := m.begin(s, free, record.StudyMeta{Seed: sc.Seed, Measured: measured}); err != nil {
			return "", err
		}
	}
	m.dir = m.study.Dir
	dir = m.study.RunDir(len(m.study.Starts) + 1)
	if _, err := os.Lstat(dir); err == nil {
		return "", BadInput{fmt.Errorf("%s exists and %s has no such run: it was copied in, or is of another study; move it away", dir, m.study.Journal)}
	}
	if m.start, err = m.study.StartRun(version); err != nil {
		return "", err
	}
	return m.study.RunDir(m.start.Number), nil
}

// begin begins a study after another, which is nil for the first.
func (m *membership) begin(previous *record.Study, free string, about record.StudyMeta) (err error) {
	if free != m.dir { // in m.dir the run prepares
		m.dir = free
		if err := m.checkNew(previous, about.Measured); err != nil {
			return err
		}
	}
	if previous != nil {
		about.Succeeds = filepath.Base(previous.Dir)
	}
	m.study, err = record.BeginStudy(free, m.options.Journal, about)
	m.begun = err == nil
	return err
}

// sameImages takes an artefact as unchanged where an earlier run of the study had the very
// image: files that no line of the Dockerfile copies have changed.
func sameImages(s *record.Study, measured, facts map[string]string) {
	if s == nil {
		return
	}
	for _, start := range s.Starts {
		meta, err := record.ReadMeta(s.RunDir(start.Number))
		if err != nil {
			continue // it was deleted
		}
		for name := range artefacts(facts) {
			program := strings.TrimPrefix(name, record.ArtefactPrefix)
			id, built := facts["image."+program], facts["context."+program] != ""
			if built && id != "" && id == meta.Machine["image."+program] {
				measured[name] = s.Measured[name]
			}
		}
	}
}
