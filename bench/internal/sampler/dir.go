package sampler

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"syscall"
)

// dir reads the small files below one directory of the kernel's, all into the
// same buffer.
type dir struct {
	path  string // as errors name it
	files fs.FS
	buf   []byte
	kept  *kept // nil where files is not the kernel's
}

func openDir(path string) *dir {
	return &dir{path: path, files: os.DirFS(path), kept: &kept{path: path, fds: make(map[string]int)}}
}

// read returns a file's text, which is valid until the next read.
func (d *dir) read(name string) ([]byte, error) {
	f, err := d.files.Open(name)
	if err != nil {
		return nil, d.wrap(name, err)
	}
	d.buf = d.buf[:0]
	for {
		d.buf = slices.Grow(d.buf, 4096) // kernel files say nothing of their size
		n, err := f.Read(d.buf[len(d.buf):cap(d.buf)])
		d.buf = d.buf[:len(d.buf)+n]
		if err != nil {
			f.Close() // opened to read: there is nothing to lose
			if !errors.Is(err, io.EOF) {
				return nil, d.wrap(name, err)
			}
			return d.buf, nil
		}
	}
}

// exists tells a file that is not there, which is no error, from one that may
// not be looked at, which is.
func (d *dir) exists(name string) (bool, error) {
	_, err := fs.Stat(d.files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, d.wrap(name, err)
	}
	return true, nil
}

// list returns the names in a directory, in no particular order.
func (d *dir) list(name string) ([]string, error) {
	f, err := d.files.Open(name)
	if err != nil {
		return nil, d.wrap(name, err)
	}
	defer f.Close()
	names, err := namesIn(f)
	if err != nil {
		return nil, d.wrap(name, err)
	}
	return names, nil
}

// namesIn spares the sorting, and the look at each entry, where it can: all of
// /proc is listed several times a second.
func namesIn(f fs.File) ([]string, error) {
	if f, ok := f.(interface{ Readdirnames(int) ([]string, error) }); ok {
		return f.Readdirnames(-1)
	}
	d, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, syscall.ENOTDIR
	}
	entries, err := d.ReadDir(-1)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

// wrap names the whole path once.
func (d *dir) wrap(name string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("read %s: %w", path.Join(d.path, name), err)
}
