package files

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Lock opens a file, which it makes where there is none, or a folder, and waits until no
// other process has locked it. Closing it, or the end of the process, unlocks it.
func Lock(path string) (*os.File, error) {
	flags := os.O_CREATE | os.O_RDWR
	if about, err := os.Stat(path); err == nil && about.IsDir() {
		flags = os.O_RDONLY
	}
	f, err := os.OpenFile(path, flags, PrivateFile)
	if err != nil {
		return nil, err
	}
	for {
		if err = unix.Flock(int(f.Fd()), unix.LOCK_EX); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil && !errors.Is(err, unix.ENOTSUP) { // some network file systems can't lock
		return nil, errors.Join(&os.PathError{Op: "lock", Path: path, Err: err}, f.Close())
	}
	return f, nil
}
