package host

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/internal/engine/backend"
)

// host starts programs as processes of this machine.
type host struct {
	opts    backend.Options
	starter *starter

	paths map[string]string // program key to binary
	known map[string]string // facts
	ports map[int]bool      // in use
}

// supported returns why the host engine can't run on this system.
func supported() error { return nil }

func open(_ context.Context, o backend.Options) (backend.Backend, error) {
	if err := refuses(o.Scenario); err != nil {
		return nil, err
	}
	if _, err := processors(&o.Scenario.Limits); err != nil {
		return nil, err // now, and not after minutes of filling the database
	}
	folder, inMemory, err := folderFact(filepath.Dir(o.Folder))
	if err != nil {
		return nil, err
	}
	if inMemory {
		o.Say(inMemoryWarning)
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return nil, err
	}
	h := &host{
		opts: o, starter: newStarter(), paths: map[string]string{}, ports: map[int]bool{},
		known: map[string]string{
			"folder": folder,
			"kernel": strings.TrimSpace(string(kernel)),
			"limits": "processors are pinned (sched_setaffinity); memory and CPU quota are not limited: " +
				"a process of the host has no cgroup of its own",
		},
	}
	if n := o.Scenario.Limits.CPUs; !n.IsWhole() && o.Scenario.Limits.CPUSet == "" {
		h.known["limits.cpus"] = fmt.Sprintf("%d whole processors in place of %s CPUs", n.Whole(), n)
	}
	if o.Scenario.Init {
		h.known["init"] = "none: a process of the host is not process 1, so signals that it does not handle end it; " +
			"its keeper ends what it leaves"
	}
	return h, nil
}

// Ports are below 32768, where Linux by default begins the local ports of outgoing
// connections (ip_local_port_range).
const lowPort, highPort = 15000, 32768

func (h *host) Port(int) (int, error) {
	for range 1000 {
		p := lowPort + rand.IntN(highPort-lowPort)
		l, err := net.Listen("tcp", ":"+strconv.Itoa(p))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return 0, err
		}
		if !h.ports[p] {
			h.ports[p] = true
			return p, nil
		}
	}
	return 0, fmt.Errorf("no free port from %d to %d", lowPort, highPort-1)
}

func (h *host) ListenHost() string { return "127.0.0.1" }

func (h *host) Address(_ string, port int) string { return loopback(port) }

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// Owns finds a process by its ancestors: what a program starts stays below its keeper.
func (h *host) Owns(context.Context) (func(pid int) bool, error) {
	return h.starter.startedAncestor, nil
}

func (h *host) Capabilities() backend.Capabilities { return capabilities }

func (h *host) Facts() map[string]string { return maps.Clone(h.known) }

// Close ends the thread that started the processes, which ends them.
func (h *host) Close() error {
	h.starter.close()
	return nil
}
