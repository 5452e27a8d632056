package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench"
)

// host starts programs as processes of this machine.
type host struct {
	session string
	root    string // of the Go module
	dir     string // of the engine's logs
	folder  string // of the session
	starter *starter

	paths map[string]string // program key to binary
	known map[string]string // facts
	ports map[int]bool      // given out
}

// hostReady says why the host engine can't run here.
func hostReady() error {
	if os.Getenv(dsnEnv) != "" {
		return nil
	}
	_, err := findPostgres()
	return err
}

func openHost(_ context.Context, s *Session) (backend, error) {
	if _, err := processors(&s.scenario.Limits); err != nil {
		return nil, err // now, and not after minutes of filling the database
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return nil, err
	}
	return &host{
		session: s.id, root: s.opts.Root, dir: s.logs, folder: s.estate.folder(),
		starter: newStarter(), paths: map[string]string{}, ports: map[int]bool{},
		known: map[string]string{
			"kernel": strings.TrimSpace(string(kernel)),
			"limits": "processors are pinned (sched_setaffinity); memory is not limited, nor is a CPU quota set: a process of the host has no cgroup of its own",
		},
	}, nil
}

// provide copies each binary to the session's folder: the one in the cache may
// be built anew, from changed source, while this run goes on.
func (h *host) provide(ctx context.Context, programs []program) error {
	for _, p := range programs {
		if p.Image != "" {
			return fmt.Errorf("%s: image %s needs the docker engine; the host engine runs Go packages (build:)", p.who, p.Image)
		}
		if p.spiked { // the binary is the plain program's
			p = program{who: p.who, fact: "spike", Program: bench.Program{Build: spikePackage}}
		}
		if err := h.copyProgram(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p.who, err)
		}
	}
	return nil
}

func (h *host) copyProgram(ctx context.Context, p program) error {
	if h.paths[p.key()] != "" {
		return nil
	}
	bin, err := build(ctx, h.root, runtime.GOARCH, p.Build)
	if err != nil {
		return err
	}
	path := filepath.Join(h.folder, filepath.Base(bin.path))
	if err := copyFile(path, bin.path); err != nil {
		return err
	}
	h.paths[p.key()] = path
	h.known["binary."+p.fact] = "sha256:" + bin.hash
	return nil
}

// command is how a program is started.
func (h *host) command(sp spec) []string {
	if !sp.spiked {
		return append([]string{h.paths[sp.key()]}, sp.args...)
	}
	spike := append([]string{h.paths[spikePackage]}, spikeArgs(sp.spike)...)
	sp.spiked = false
	return append(spike, h.command(sp)...)
}

func copyFile(to, from string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Close())
}

// Free ports are looked for below 32768, where Linux begins to take the local
// ports of outgoing connections by default (ip_local_port_range).
const lowPort, highPort = 15000, 32768

func (h *host) port(int) (int, error) {
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

func (h *host) listen() string { return "127.0.0.1" }

func (h *host) reach(_ string, port int) string { return loopback(port) }

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func (h *host) facts() map[string]string { return maps.Clone(h.known) }

// close ends the thread that started the processes, and so the processes.
func (h *host) close() error {
	h.starter.close()
	return nil
}
