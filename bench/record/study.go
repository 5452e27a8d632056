package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/scenario"
)

// StudyFile is the journal of a study, in its folder: a JSON object a line. Each line
// holds the SHA-256 of the line before it, so a line that is changed, removed or put
// in between breaks the chain. The chain cannot show that the whole file was replaced,
// or that its last lines were cut off.
const StudyFile = "study.jsonl"

// Study is a folder of runs that measure the same: one scenario with the same
// artefacts. Its journal keeps every start, also of runs that were interrupted, were
// INVALID, or whose folder was deleted.
type Study struct {
	Dir     string
	Journal string // path of the journal; in Dir unless the caller keeps it elsewhere
	StudyMeta
	Starts []Start // by number

	last string // hash of the journal's last line
}

// StudyMeta identifies a study.
type StudyMeta struct {
	Began time.Time `json:"-"`
	Seed  uint64    `json:"seed"`
	// Measured is what the study measures, by field: see [Measured];
	// and the digests of what was built or pulled, "artefact.variant.after".
	Measured map[string]string `json:"measured"`
	// Succeeds is the folder of an earlier study of the same scenario, beside this one.
	Succeeds string `json:"succeeds,omitempty"`
}

// Start is a run that was started, whatever became of it.
type Start struct {
	Number  int       `json:"run"`  // 1, 2, 3, …
	Seed    uint64    `json:"seed"` // of the run's order and requests
	Version string    `json:"memproof,omitempty"`
	At      time.Time `json:"-"`
	End     *End      `json:"-"` // nil: it goes on, was interrupted or was killed
	Deleted bool      `json:"-"` // its folder is gone
}

// End is how a run ended. A resumed run has its last.
type End struct {
	Number  int    `json:"run"`
	Outcome string `json:"outcome"`
	// Verdict is the SHA-256 of the run's verdict.json when the run ended.
	Verdict string    `json:"verdict_sha256,omitempty"`
	At      time.Time `json:"-"`
}

// entry is a line of the journal; one of the last three is set.
type entry struct {
	Prev    string     `json:"prev"` // SHA-256 of the line before, empty in the first
	At      time.Time  `json:"at"`
	Began   *StudyMeta `json:"began,omitempty"`
	Started *Start     `json:"started,omitempty"`
	Ended   *End       `json:"ended,omitempty"`
}

// BrokenJournal is the error of a journal whose chain of hashes does not hold.
type BrokenJournal struct {
	Path string
	Line int
}

func (e BrokenJournal) Error() string {
	return fmt.Sprintf("%s:%d: the line does not follow the one before it: the journal was changed; put it back, or begin a new study with -new", e.Path, e.Line)
}

// BeginStudy makes the folder of a new study, and refuses one that holds a study.
// journal may be empty: then it lies in the folder.
func BeginStudy(dir, journal string, about StudyMeta) (*Study, error) {
	s := newStudy(dir, journal)
	if _, err := os.Stat(s.Journal); err == nil {
		return nil, fmt.Errorf("%s exists: %s holds a study already", s.Journal, dir)
	}
	for _, folder := range []string{dir, filepath.Dir(s.Journal)} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, err
		}
	}
	return s, s.update(func() entry { return entry{At: time.Now().UTC(), Began: &about} })
}

func newStudy(dir, journal string) *Study {
	if journal == "" {
		journal = filepath.Join(dir, StudyFile)
	}
	return &Study{Dir: dir, Journal: journal}
}

// OpenStudy reads the study of a folder; journal as in [BeginStudy]. The error is
// fs.ErrNotExist where there is none, and [BrokenJournal] where its chain does not hold.
func OpenStudy(dir, journal string) (*Study, error) {
	s := newStudy(dir, journal)
	text, err := s.reread()
	if err == nil && len(text) == 0 {
		err = fmt.Errorf("%s: %w", s.Journal, fs.ErrNotExist)
	}
	return s, err
}

func (s *Study) read(number int, line []byte) error {
	var e entry
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("%s:%d: %w", s.Journal, number, err)
	}
	if e.Prev != s.last || (e.Began != nil) != (number == 1) {
		return BrokenJournal{s.Journal, number}
	}
	s.last = scenario.Hash(line)
	switch {
	case e.Began != nil:
		s.StudyMeta, s.Began = *e.Began, e.At
	case e.Started != nil && e.Started.Number == len(s.Starts)+1:
		e.Started.At = e.At
		s.Starts = append(s.Starts, *e.Started)
	case e.Ended != nil && e.Ended.Number >= 1 && e.Ended.Number <= len(s.Starts):
		e.Ended.At = e.At
		s.Starts[e.Ended.Number-1].End = e.Ended
	default:
		return BrokenJournal{s.Journal, number}
	}
	return nil
}

// StartRun adds a run to the journal. Its seed follows from the study's and its number;
// the first run has the study's own.
func (s *Study) StartRun(version string) (Start, error) {
	err := s.update(func() entry {
		n := len(s.Starts) + 1
		start := Start{Number: n, Seed: s.Seed, Version: version}
		if n > 1 {
			start.Seed = rand.New(rand.NewPCG(s.Seed, uint64(n))).Uint64()
		}
		return entry{At: time.Now().UTC(), Started: &start}
	})
	if err != nil {
		return Start{}, err
	}
	return s.Starts[len(s.Starts)-1], nil
}

// EndRun adds how a run ended. A run that was resumed ends again.
func (s *Study) EndRun(number int, outcome string) error {
	end := End{Number: number, Outcome: outcome}
	text, err := files.ReadBounded(filepath.Join(s.RunDir(number), VerdictFile), files.MaxText)
	switch {
	case err == nil:
		end.Verdict = scenario.Hash(text)
	case !errors.Is(err, fs.ErrNotExist): // a run that ended early has none
		return err
	}
	return s.update(func() entry { return entry{At: time.Now().UTC(), Ended: &end} })
}

// RunDir is the folder of a run.
func (s *Study) RunDir(number int) string {
	return filepath.Join(s.Dir, fmt.Sprintf("run-%02d", number))
}

// Changed lists the fields in which another study measures something else, sorted:
// "claims.size.value.at_most: 8e+08, was 7e+08".
func (m StudyMeta) Changed(since StudyMeta) (lines []string) {
	names := maps.Clone(m.Measured)
	maps.Copy(names, since.Measured)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		is, now := m.Measured[name]
		was, then := since.Measured[name]
		switch {
		case is == was && now == then:
		case !then:
			lines = append(lines, fmt.Sprintf("%s: %s, was not set", name, is))
		case !now:
			lines = append(lines, fmt.Sprintf("%s: not set, was %s", name, was))
		default:
			lines = append(lines, fmt.Sprintf("%s: %s, was %s", name, is, was))
		}
	}
	return lines
}

// update reads the journal again and adds the line that f makes of it. Another run of
// the study may have begun or ended since; a lock on the journal's folder keeps two
// updates apart. The file is replaced in one step, so a run that is killed leaves it as
// it was.
func (s *Study) update(f func() entry) error {
	lock, err := files.Lock(filepath.Dir(s.Journal))
	if err != nil {
		return err
	}
	defer lock.Close()
	text, err := s.reread()
	if err != nil {
		return err
	}
	e := f()
	e.Prev = s.last
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := files.WriteFile(s.Journal, append(text, append(line, '\n')...)); err != nil {
		return err
	}
	return s.read(bytes.Count(text, []byte("\n"))+1, line)
}

// reread replaces what is known of the study by what its journal says now.
func (s *Study) reread() (text []byte, err error) {
	now := newStudy(s.Dir, s.Journal)
	if text, err = files.ReadBounded(s.Journal, files.MaxText); errors.Is(err, fs.ErrNotExist) {
		return nil, nil // it is about to begin
	}
	if err != nil {
		return nil, err
	}
	for i, line := range bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) {
		if err := now.read(i+1, line); err != nil {
			return nil, err
		}
	}
	for i := range now.Starts {
		_, err := os.Stat(filepath.Join(s.RunDir(now.Starts[i].Number), runFile))
		now.Starts[i].Deleted = errors.Is(err, fs.ErrNotExist)
	}
	*s = *now
	return text, nil
}
