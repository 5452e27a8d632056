package sampler

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
)

// dir reads the small files below one directory of the kernel's, all into the same
// buffer.
type dir struct {
	path  string // as errors name it
	files fs.FS
	buf   []byte
	// open has the files of readOften by name; nil: read once, and closed. The map is
	// nil in tests, where files is not the kernel's.
	open map[string]*os.File
}

func openDir(path string) *dir {
	return &dir{path: path, files: os.DirFS(path), open: make(map[string]*os.File)}
}

// read returns a file's text, which is valid until the next read.
func (d *dir) read(name string) ([]byte, error) {
	f, err := d.files.Open(name)
	if err != nil {
		return nil, d.wrap(name, err)
	}
	defer f.Close()
	text, err := d.fill(func(p []byte, _ int64) (int, error) { return f.Read(p) })
	if err != nil {
		return nil, d.wrap(name, err)
	}
	return text, nil
}

// readOften is read for a file that every sample needs. From the second reading on the
// file stays open: to open and close it costs several times as much as to read it. A
// process that is read once costs no descriptor. An open file of /proc belongs to its
// process, not to its pid: when the process has ended, the kernel answers ESRCH.
func (d *dir) readOften(name string) ([]byte, error) {
	f, known := d.open[name]
	if known && f == nil {
		f, _ = os.Open(path.Join(d.path, name)) // read reports the error
	}
	if d.open != nil {
		d.open[name] = f
	}
	if f != nil {
		if text, err := d.fill(f.ReadAt); err == nil { // the kernel writes the text anew at offset 0
			return text, nil
		}
		d.close(name)
	}
	return d.read(name)
}

// fill reads to the end. Kernel files do not report their size.
func (d *dir) fill(read func(p []byte, offset int64) (int, error)) ([]byte, error) {
	d.buf = d.buf[:0]
	for {
		d.buf = slices.Grow(d.buf, 4096)
		n, err := read(d.buf[len(d.buf):cap(d.buf)], int64(len(d.buf)))
		d.buf = d.buf[:len(d.buf)+n]
		if errors.Is(err, io.EOF) {
			return d.buf, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// closeAllBut closes the files that are not wanted any more.
func (d *dir) closeAllBut(wanted func(name string) bool) {
	for name := range d.open {
		if !wanted(name) {
			d.close(name)
		}
	}
}

func (d *dir) close(name string) {
	_ = d.open[name].Close() // nil, or opened to read: there is nothing to lose
	delete(d.open, name)
}

// exists reports an error for a file that must not be examined, and none for one that
// is missing.
func (d *dir) exists(name string) (bool, error) {
	_, err := fs.Stat(d.files, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, d.wrap(name, err)
	}
	return err == nil, nil
}

// list returns the entries of a directory. [fs.ReadDir] would sort them: all of /proc
// is listed several times a second.
func (d *dir) list(name string) ([]fs.DirEntry, error) {
	f, err := d.files.Open(name)
	if err != nil {
		return nil, d.wrap(name, err)
	}
	defer f.Close()
	folder, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, d.wrap(name, errors.ErrUnsupported)
	}
	entries, err := folder.ReadDir(-1)
	if err != nil {
		return nil, d.wrap(name, err)
	}
	return entries, nil
}

// wrap names the whole path once.
func (d *dir) wrap(name string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("read %s: %w", path.Join(d.path, name), err)
}
