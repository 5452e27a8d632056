package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/internal/report"
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
func (o *Options) endStudy(outcome verdict.Outcome) error {
	if o.member == nil {
		return nil
	}
	if err := o.member.end(outcome); err != nil {
		return err
	}
	v, err := JudgeStudy(o.Out, o.member.study)
	if o.Study != nil {
		o.Study.Verdict = v
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

// measuredNothing records that the run ended before its first trial. A study that it
// began is removed with it.
func (m *membership) measuredNothing() error {
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
	if p := m.previous; p != nil && !o.New && maps.Equal(withoutArtefacts(p.Measured), sc.Measured()) {
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
	return m.newStudy().RunDir(n)
}

func (m *membership) newStudy() *record.Study { return &record.Study{Dir: m.dir} }

// join adds the run to its study, once it is known what was built and pulled. Other
// artefacts begin a new study. It returns the run's folder.
func (m *membership) join(sc *scenario.Scenario, facts map[string]string, version string) (dir string, err error) {
	measured := sc.Measured()
	maps.Copy(measured, artefacts(facts))
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

func nextFolder(dir string) string {
	for n := 2; ; n++ {
		next := fmt.Sprintf("%s-%d", dir, n)
		if _, err := os.Stat(next); errors.Is(err, fs.ErrNotExist) {
			return next
		}
	}
}

const artefactPrefix = "artefact."

// artefacts returns the digests of what is measured: of the Go program in an image, of a
// build's context, arguments and base, or else of the image. A rebuilt image has another
// id and the same content. memproof's own programs are left out.
func artefacts(facts map[string]string) map[string]string {
	content := map[string]string{} // by image id
	for _, group := range []string{"context.", "binary."} {
		for name, digest := range facts {
			if program, ok := strings.CutPrefix(name, group); ok {
				content[facts["image."+program]] = digest
			}
		}
	}
	digests := map[string]string{}
	for name, digest := range facts {
		group, program, _ := strings.Cut(name, ".")
		if group != "binary" && group != "image" || !isMeasured(program) {
			continue
		}
		if inside, ok := content[digest]; ok && group == "image" {
			digest = inside
		}
		digests[artefactPrefix+program] = digest
	}
	return digests
}

// isMeasured reports whether the program belongs to the scenario, not to memproof.
func isMeasured(program string) bool {
	kind, _, _ := strings.Cut(program, ".")
	return kind == "variant" || kind == "beside" || kind == "sidecar" || kind == "upstream" || kind == "seed"
}

func withoutArtefacts(measured map[string]string) map[string]string {
	own := maps.Clone(measured)
	maps.DeleteFunc(own, func(name, _ string) bool { return strings.HasPrefix(name, artefactPrefix) })
	return own
}

// JudgeStudy judges the runs of a study from their raw data, or takes the verdict that a
// run left if it has none, and writes the study's verdict and report.
func JudgeStudy(out io.Writer, s *record.Study) (*verdict.StudyVerdict, error) {
	var runs []verdict.StudyRun
	name := filepath.Base(s.Dir)
	for _, start := range s.Starts {
		run := verdict.StudyRun{Number: start.Number}
		v, err := verdictOf(s, start)
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
	path := filepath.Join(dir, record.VerdictFile)
	text, err := files.ReadBounded(path, files.MaxText)
	if err != nil {
		return nil, err
	}
	v := new(verdict.Verdict)
	if err := json.Unmarshal(text, v); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
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
