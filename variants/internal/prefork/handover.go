package prefork

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// inbox is where connections handed over come out, a listener beside the
// listening socket. All workers wait at it and each connection goes to one of
// them. Until then it is in no one's hands and survives the death of any worker.
type inbox struct {
	*net.UnixConn
	log *slog.Logger
}

// outbox is where connections go in.
type outbox struct{ *net.UnixConn }

// send passes a descriptor of c on; the caller closes its own. It waits while
// the socket's buffer is full.
func (o *outbox) send(c *net.TCPConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return fmt.Errorf("hand over a connection: %w", err)
	}
	var sendErr error
	err = raw.Control(func(fd uintptr) {
		// A message without a byte of its own would look like the end of the stream.
		_, _, sendErr = o.WriteMsgUnix([]byte{0}, unix.UnixRights(int(fd)), nil)
	})
	if err := errors.Join(err, sendErr); err != nil {
		return fmt.Errorf("hand over a connection: %w", err)
	}
	return nil
}

// Accept implements [net.Listener].
func (i inbox) Accept() (net.Conn, error) {
	var mark [1]byte
	oob := make([]byte, unix.CmsgSpace(4)) // one descriptor
	for {
		n, rights, _, _, err := i.ReadMsgUnix(mark[:], oob)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, net.ErrClosed
		}
		c, err := received(oob[:rights])
		if err == nil {
			return c, nil
		}
		i.log.Error("Connection was lost in the handover", "error", err)
	}
}

// Addr implements [net.Listener].
func (i inbox) Addr() net.Addr { return i.LocalAddr() }

// received turns a control message of unix(7) into the connection that it
// carries. It carries none where this process has no descriptor free.
func received(oob []byte) (net.Conn, error) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, fmt.Errorf("parse the control message: %w", err)
	}
	if len(messages) != 1 {
		return nil, fmt.Errorf("%d control messages, want 1", len(messages))
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return nil, fmt.Errorf("parse the rights: %w", err)
	}
	if len(fds) != 1 {
		return nil, fmt.Errorf("%d descriptors, want 1", len(fds))
	}
	file := os.NewFile(uintptr(fds[0]), "connection")
	defer file.Close() // FileConn makes a copy
	return net.FileConn(file)
}

// inheritServer makes the worker's server from the descriptors of the master.
func inheritServer(log *slog.Logger) (*server, error) {
	listener, err := adopt(fdListener, "listening socket", net.FileListener)
	if err != nil {
		return nil, err
	}
	in, err := adopt(fdInbox, "inbox", net.FileConn)
	if err != nil {
		return nil, err
	}
	out, err := adopt(fdOutbox, "outbox", net.FileConn)
	if err != nil {
		return nil, err
	}
	return newServer(listener, inbox{in.(*net.UnixConn), log}, &outbox{out.(*net.UnixConn)}, log), nil
}

// adopt makes something of package net from an inherited descriptor.
func adopt[T any](fd int, name string, from func(*os.File) (T, error)) (T, error) {
	var none T
	file, err := inherited(fd, name)
	if err != nil {
		return none, err
	}
	defer file.Close() // from makes a copy
	got, err := from(file)
	if err != nil {
		return none, fmt.Errorf("inherit the %s: %w", name, err)
	}
	return got, nil
}
