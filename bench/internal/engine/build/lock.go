package build

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lockFile waits until no other process holds the lock, and takes it. It ends with
// the process.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		if err = unix.Flock(int(f.Fd()), unix.LOCK_EX); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil && !errors.Is(err, unix.ENOTSUP) { // some network file systems have none
		return nil, errors.Join(&os.PathError{Op: "lock", Path: path, Err: err}, f.Close())
	}
	return func() { f.Close() }, nil
}
