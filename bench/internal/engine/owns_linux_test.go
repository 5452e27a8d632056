package engine

import (
	"os"
	"testing"

	"github.com/memproof/memproof/bench/internal/engine/docker"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/moby/moby/client"
)

// TestOwns: the programs of a session are known among those of the machine.
func TestOwns(t *testing.T) {
	onEach(t, func(t *testing.T, kind Name) {
		h := startHolder(t, kind)
		root := pidOf(t, h.session, "holder")
		owns := h.session.Owns()
		for pid, want := range map[int]bool{root: true, os.Getpid(): false, os.Getppid(): false, 1: false} {
			if got := owns(pid); got != want {
				t.Errorf("process %d is the session's: %t, want %t", pid, got, want)
			}
		}
	})
}

// pidOf is the process of a program of the session.
func pidOf(t *testing.T, s *Session, program string) int {
	t.Helper()
	if address := s.left.Places[docker.Engine.Place.Name]; address != "" {
		return containerPID(t, address, s.id, program)
	}
	found, err := leftovers.FindTagged(leftovers.Tag(s.id, program))
	if err != nil {
		t.Fatal(err)
	}
	for pid, tag := range found {
		if tag == leftovers.Tag(s.id, program) { // and not its keeper's
			return pid
		}
	}
	t.Fatalf("no process of %s among %v", program, found)
	return 0
}

// containerPID is the first process of a program's container, as the daemon's
// machine sees it.
func containerPID(t *testing.T, address, session, program string) int {
	t.Helper()
	c := dial(t, address)
	defer c.Close()
	filters := make(client.Filters).Add("label", sessionLabel+"="+session).Add("name", "memproof-"+program+"-")
	list, err := c.ContainerList(t.Context(), client.ContainerListOptions{Filters: filters})
	if err != nil || len(list.Items) != 1 {
		t.Fatalf("%d containers, %v", len(list.Items), err)
	}
	info, err := c.ContainerInspect(t.Context(), list.Items[0].ID, client.ContainerInspectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return info.Container.State.Pid
}
