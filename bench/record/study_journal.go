package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/scenario"
)

// VerdictChanged reports whether a run without raw data has another verdict.json than the
// one that it ended with. With raw data the verdict is made again from it.
func (s *Study) VerdictChanged(start Start) (bool, error) {
	dir := s.RunDir(start.Number)
	if _, err := os.Stat(filepath.Join(dir, trialsDir)); err == nil || start.Deleted || start.End == nil || start.End.Verdict == "" {
		return false, nil
	}
	text, err := files.ReadBounded(filepath.Join(dir, VerdictFile), files.MaxText)
	return err == nil && scenario.Hash(text) != start.End.Verdict, err
}

// update reads the journal again and adds the line that f makes of it. Another run of
// the study may have begun or ended since; a lock on the journal's folder keeps two
// updates apart. The file is replaced in one step, so a run that is killed leaves it as
// it was.
func (s *Study) update(f func() (entry, error)) error {
	lock, err := files.Lock(filepath.Dir(s.Journal))
	if err != nil {
		return err
	}
	defer lock.Close()
	text, err := s.reread()
	if err != nil {
		return err
	}
	e, err := f()
	if err != nil {
		return err
	}
	e.Prev = s.last
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if len(text) > 0 && !bytes.HasSuffix(text, []byte("\n")) { // an editor took it away
		text = append(text, '\n')
	}
	if err := files.WriteFile(s.Journal, append(text, append(line, '\n')...)); err != nil {
		return err
	}
	return s.read(bytes.Count(text, []byte("\n"))+1, line)
}

// reread replaces what is known of the study by what its journal says now: nothing where
// there is none. Line ends of another system are not part of a line.
func (s *Study) reread() (text []byte, err error) {
	now := newStudy(s.Dir, s.Journal)
	text, err = files.ReadBounded(s.Journal, files.MaxText)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		*s = *now
		return nil, nil
	case err != nil:
		return nil, err
	case len(bytes.TrimSpace(text)) == 0:
		return nil, fmt.Errorf("%s is empty: put the journal back, or remove it to begin a new study", s.Journal)
	}
	for i, line := range bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) {
		if err := now.read(i+1, bytes.TrimSuffix(line, []byte("\r"))); err != nil {
			return nil, err
		}
	}
	for i := range now.Starts {
		now.Starts[i].look(s.RunDir(i + 1))
	}
	*s = *now
	return text, nil
}

// look reads what became of the run's folder.
func (s *Start) look(dir string) {
	_, err := os.Stat(filepath.Join(dir, runFile))
	s.Deleted = errors.Is(err, fs.ErrNotExist)
	s.Running = !s.Deleted && files.Locked(dir)
}

// LockRun keeps other processes from measuring a run until the lock is closed. The error
// is [files.ErrLocked] while one does.
func LockRun(dir string) (io.Closer, error) { return files.TryLock(dir) }
