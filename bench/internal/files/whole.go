// Package files writes files that are whole or not there, and reads no more than a
// file of ours can hold.
package files

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Modes of the files that a run leaves, before the umask. What programs print may
// hold secrets.
const (
	PublicFile  fs.FileMode = 0o644
	PrivateFile fs.FileMode = 0o600
)

// WriteFile writes a file that is either whole or not there. One that is there
// already keeps its mode.
func WriteFile(path string, text []byte) error {
	return ReplaceFile(path, PublicFile, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// ReplaceFile makes a file of what write writes, or leaves what was there as it
// was. A new file gets the mode, less what the umask takes; the file in whose place
// it comes hands its mode on. What is no regular file, such as /dev/stdout or a
// pipe, is written to and not replaced.
func ReplaceFile(path string, mode fs.FileMode, write func(io.Writer) error) error {
	switch info, err := os.Stat(path); {
	case err == nil && !info.Mode().IsRegular():
		return writeInto(path, write)
	case err == nil:
		mode = info.Mode().Perm()
	}
	f, err := tempFile(path, mode)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once renamed, as it should
	if err := buffered(f, write); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// tempFile makes a new file beside the path. os.CreateTemp would ignore the umask.
func tempFile(path string, mode fs.FileMode) (*os.File, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return nil, err
	}
	name := f.Name()
	if err := errors.Join(f.Close(), os.Remove(name)); err != nil {
		return nil, err
	}
	return os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
}

func writeInto(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(buffered(f, write), f.Close())
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, 1<<16)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}
