package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
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
	Running bool      `json:"-"` // a process measures it now
	Line    string    `json:"-"` // SHA-256 of its line, which the run's own folder has too
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

// BrokenJournal is the error of a journal that cannot be read, or whose chain of hashes
// does not hold.
type BrokenJournal struct {
	Path string
	Line int
	Why  string
}

func (e BrokenJournal) Error() string {
	return fmt.Sprintf("%s:%d: %s; put the journal back as it was, or begin a new study with -new or another -out", e.Path, e.Line, e.Why)
}

const (
	lineChanged = "the line does not follow the one before it: the journal was changed"
	lineUnread  = "the line cannot be read: the journal was cut or changed"
	lineUnknown = "the line is of no kind that this memproof knows: a newer one wrote it, or it was changed"
)

// BeginStudy makes the folder of a new study. The error is fs.ErrExist where it holds one:
// another process may have begun it since. journal may be empty: then it lies in the folder.
func BeginStudy(dir, journal string, about StudyMeta) (*Study, error) {
	s := newStudy(dir, journal)
	for _, folder := range []string{dir, filepath.Dir(s.Journal)} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, err
		}
	}
	return s, s.update(func() (entry, error) {
		if s.last != "" {
			return entry{}, fmt.Errorf("%s holds a study already: %w", s.Journal, fs.ErrExist)
		}
		return entry{At: time.Now().UTC(), Began: &about}, nil
	})
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
	_, err := s.reread()
	if err == nil && s.last == "" {
		err = fmt.Errorf("%s: %w", s.Journal, fs.ErrNotExist)
	}
	return s, err
}

// read reads a line of the journal, without its end.
func (s *Study) read(number int, line []byte) error {
	var e entry
	if err := json.Unmarshal(line, &e); err != nil {
		return BrokenJournal{s.Journal, number, lineUnread}
	}
	if e.Prev != s.last || (e.Began != nil) != (number == 1) {
		return BrokenJournal{s.Journal, number, lineChanged}
	}
	s.last = scenario.Hash(line)
	switch {
	case e.Began != nil:
		s.StudyMeta, s.Began = *e.Began, e.At
	case e.Started != nil && e.Started.Number == len(s.Starts)+1:
		e.Started.At, e.Started.Line = e.At, s.last
		s.Starts = append(s.Starts, *e.Started)
	case e.Ended != nil && e.Ended.Number >= 1 && e.Ended.Number <= len(s.Starts):
		e.Ended.At = e.At
		s.Starts[e.Ended.Number-1].End = e.Ended
	case e.Started != nil || e.Ended != nil:
		return BrokenJournal{s.Journal, number, lineChanged}
	default:
		return BrokenJournal{s.Journal, number, lineUnknown}
	}
	return nil
}

// StartRun adds a run to the journal. Its seed follows from the study's and its number;
// the first run has the study's own. The error is fs.ErrNotExist if the journal is gone.
func (s *Study) StartRun(version string) (Start, error) {
	err := s.update(func() (entry, error) {
		n := len(s.Starts) + 1
		start := Start{Number: n, Seed: s.Seed, Version: version}
		if n > 1 {
			start.Seed = rand.New(rand.NewPCG(s.Seed, uint64(n))).Uint64()
		}
		return entry{At: time.Now().UTC(), Started: &start}, s.exists()
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
	return s.update(func() (entry, error) {
		return entry{At: time.Now().UTC(), Ended: &end}, s.exists()
	})
}

func (s *Study) exists() error {
	if s.last == "" {
		return fmt.Errorf("%s is gone: %w", s.Journal, fs.ErrNotExist)
	}
	return nil
}

// RemoveUnused removes the journal of a study that has no start but the one of that
// number, which measured nothing, and its folder if it is empty; 0: no start at all. It
// removes nothing if another run has begun since.
func (s *Study) RemoveUnused(number int) (removed bool, err error) {
	lock, err := files.Lock(filepath.Dir(s.Journal))
	if err != nil {
		return false, err
	}
	defer lock.Close()
	if _, err := s.reread(); err != nil || len(s.Starts) != number || number > 1 {
		return false, err
	}
	return true, errors.Join(os.Remove(s.Journal), files.RemoveEmpty(s.Dir))
}

// RunDir is the folder of a run.
func (s *Study) RunDir(number int) string {
	return filepath.Join(s.Dir, fmt.Sprintf("run-%02d", number))
}
