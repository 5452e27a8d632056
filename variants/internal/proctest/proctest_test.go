package proctest

import (
	"errors"
	"net"
	"syscall"
	"testing"
)

// TestFreeAddress: nobody is given the port of a server that has yet to start, and the server gets it, each time that it
// starts.
func TestFreeAddress(t *testing.T) {
	address := FreeAddress(t)
	for range 2 {
		if c, err := net.Dial("tcp", address); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatalf("before the server listens: %v, %v", c, err)
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		l.Close()
	}
	given := map[string]bool{address: true}
	for range 1000 {
		other := FreeAddress(t)
		if given[other] {
			t.Fatalf("%s was given to two", other)
		}
		given[other] = true
	}
}
