package sampler

import (
	"io/fs"
	"path/filepath"
	"slices"
	"syscall"
)

// kept are the files of a directory of the kernel's that are read with every
// sample. They stay open: to open and close one costs several times as much as
// to read it. An open file of /proc belongs to its process, not to its pid, so
// that it is never another's that is read: the kernel then answers ESRCH.
type kept struct {
	path string
	fds  map[string]int // by name; -1: read once, and not kept yet
}

// again reads a file that may be kept into buf. What is read once is not kept,
// so that a thousand processes which nobody asks for again cost no descriptor.
// ok is false where it must be opened anew.
func (k *kept) again(name string, buf []byte) (text []byte, ok bool) {
	fd, known := k.fds[name]
	if !known {
		k.fds[name] = -1
		return buf, false
	}
	if fd < 0 {
		var err error
		if fd, err = syscall.Open(filepath.Join(k.path, name), syscall.O_RDONLY|syscall.O_CLOEXEC, 0); err != nil {
			return buf, false // whoever opens it again says why
		}
		k.fds[name] = fd
	}
	text, err := readAll(fd, buf)
	if err != nil {
		k.drop(name)
		return buf, false
	}
	return text, true
}

// readAll reads from the beginning, where the kernel makes the text anew.
func readAll(fd int, buf []byte) ([]byte, error) {
	buf = buf[:0]
	for {
		buf = slices.Grow(buf, 4096)
		n, err := syscall.Pread(fd, buf[len(buf):cap(buf)], int64(len(buf)))
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return buf, nil
		}
		buf = buf[:len(buf)+n]
	}
}

// retain drops all but what is wanted.
func (k *kept) retain(wanted func(name string) bool) {
	for name := range k.fds {
		if !wanted(name) {
			k.drop(name)
		}
	}
}

func (k *kept) drop(name string) {
	if fd := k.fds[name]; fd >= 0 {
		_ = syscall.Close(fd) // opened to read: there is nothing to lose
	}
	delete(k.fds, name)
}

// readAgain is read for a file that is wanted with every sample.
func (d *dir) readAgain(name string) ([]byte, error) {
	if d.kept == nil || !fs.ValidPath(name) {
		return d.read(name)
	}
	text, ok := d.kept.again(name, d.buf)
	if !ok {
		return d.read(name)
	}
	d.buf = text
	return text, nil
}
