package prefork

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// The descriptors that a worker inherits: ExtraFiles begin at 3, see os/exec.
const (
	fdListener = 3 + iota // the listening socket, shared by all
	fdBoard               // the scoreboard's memfd, shared by all
	fdInbox               // connections handed over come out here, shared by all
	fdOutbox              // and go in here, shared by all
	fdControl             // the worker's own end of its control socket
)

// listen opens the listening socket and returns it with the address it got.
func listen(bind string) (*os.File, net.Addr, error) {
	l, err := net.Listen("tcp", bind)
	if err != nil {
		return nil, nil, fmt.Errorf("open the listening socket: %w", err)
	}
	defer l.Close() // the copy keeps the socket open
	file, err := copyOf(l.(*net.TCPListener))
	if err != nil {
		return nil, nil, fmt.Errorf("copy the listening socket: %w", err)
	}
	return file, l.Addr(), nil
}

// copyOf duplicates the listener's descriptor, as a file that package os takes
// for a blocking one and leaves alone. It is not l.File(), for two reasons:
//
//   - Passing that file to a child puts it into blocking mode, see os.File.Fd.
//     The mode belongs to the socket, not to the descriptor, so each spawn would
//     make the running workers block in accept, and a worker blocked in accept
//     cannot close its listener.
//   - It stays in the master's poller, and every connection would wake the master.
//
// Workers set the non-blocking mode when they take the socket over.
func copyOf(l *net.TCPListener) (*os.File, error) {
	raw, err := l.SyscallConn()
	if err != nil {
		return nil, err
	}
	var fd int
	var dupErr error
	err = raw.Control(func(s uintptr) {
		if fd, dupErr = unix.FcntlInt(s, unix.F_DUPFD_CLOEXEC, 0); dupErr == nil {
			dupErr = unix.SetNonblock(fd, false)
		}
	})
	if err := errors.Join(err, dupErr); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "listener"), nil
}

// socketpair returns two connected sockets. The kind is unix.SOCK_STREAM or
// unix.SOCK_SEQPACKET, with unix.SOCK_NONBLOCK where this process uses them and
// does not only pass them on.
func socketpair(kind int, name string) (a, b *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make the %s sockets: %w", name, err)
	}
	return os.NewFile(uintptr(fds[0]), name), os.NewFile(uintptr(fds[1]), name), nil
}

// inherited wraps a descriptor that the master passed on, and keeps it from
// going further.
func inherited(fd int, name string) (*os.File, error) {
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC); err != nil {
		return nil, fmt.Errorf("inherit the %s: %w", name, err)
	}
	return os.NewFile(uintptr(fd), name), nil
}
