package files

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Lock opens a file, which it makes where there is none, or a folder, and waits until no
// other process has locked it. Closing it, or the end of the process, unlocks it.
func Lock(path string) (*os.File, error) { return lock(path, unix.LOCK_EX) }

// ErrLocked is the error of [TryLock] while another process has the lock.
var ErrLocked = errors.New("another process has locked it")

// TryLock is [Lock], but it does not wait.
func TryLock(path string) (*os.File, error) {
	f, err := lock(path, unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = &os.PathError{Op: "lock", Path: path, Err: ErrLocked}
	}
	return f, err
}

// Locked reports whether another process has locked a file or folder.
func Locked(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(flock(f, unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}

func lock(path string, how int) (*os.File, error) {
	flags := os.O_CREATE | os.O_RDWR
	if about, err := os.Stat(path); err == nil && about.IsDir() {
		flags = os.O_RDONLY
	}
	f, err := os.OpenFile(path, flags, PrivateFile)
	if err != nil {
		return nil, err
	}
	if err := flock(f, how); err != nil && !errors.Is(err, unix.ENOTSUP) { // some network file systems can't lock
		return nil, errors.Join(&os.PathError{Op: "lock", Path: path, Err: err}, f.Close())
	}
	return f, nil
}

func flock(f *os.File, how int) (err error) {
	for {
		if err = unix.Flock(int(f.Fd()), how); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
