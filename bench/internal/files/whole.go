// Package files replaces files in one step and reads them up to a limit.
package files

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// The modes of a run's files, before the umask. The output of programs may contain secrets.
const (
	PublicFile  fs.FileMode = 0o644
	PrivateFile fs.FileMode = 0o600
)

// WriteFile writes a file in one step: a reader sees the old text or the new one. An
// existing file keeps its mode.
func WriteFile(path string, text []byte) error {
	return ReplaceFile(path, PublicFile, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// ReplaceFile replaces the file in one step by the output of write; after an error the old
// file is unchanged. A new file gets the mode, less the umask; an existing one keeps its
// own. A device or a pipe, such as /dev/stdout, is written to and not replaced.
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
	defer os.Remove(f.Name()) // fails after the renaming
	err = buffered(f, write)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// tempFile creates a file in the folder of the path. os.CreateTemp alone ignores the umask.
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
