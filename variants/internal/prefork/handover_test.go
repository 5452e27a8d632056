package prefork

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

func TestReceivedRefusesWhatCarriesNoConnection(t *testing.T) {
	two := unix.UnixRights(0, 0)
	for name, oob := range map[string][]byte{"nothing": nil, "garbage": {1, 2, 3}, "half": two[:12]} {
		if c, err := received(oob); err == nil {
			t.Errorf("%s: got %v, want an error", name, c)
		}
	}
}

// Passing the listening socket to a child must not change it for the workers
// that accept on it.
func TestCopyOfTheListenerStaysNonBlocking(t *testing.T) {
	file, _, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	worker, err := net.FileListener(file)
	if err != nil {
		t.Fatal(err)
	}
	defer worker.Close()
	flags, err := unix.FcntlInt(file.Fd(), unix.F_GETFL, 0) // Fd is what os/exec calls
	if err != nil {
		t.Fatal(err)
	}
	if flags&unix.O_NONBLOCK == 0 {
		t.Error("the socket is in blocking mode")
	}
}
