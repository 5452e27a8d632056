package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/scenario"
)

// host starts programs as processes of this machine.
type host struct {
	session string
	root    string // of the Go module
	dir     string // of the engine's logs
	folder  string // of the session
	starter *starter
	// scenario knows the secrets.
	scenario *scenario.Scenario

	paths map[string]string // program key to binary
	known map[string]string // facts
	ports map[int]bool      // given out
}

// hostAble is for who needs no Postgres.
func hostAble() error { return nil }

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
	for _, v := range s.scenario.Variants {
		if v.User != "" {
			return nil, fmt.Errorf("variant %q: user %s: the host engine starts programs as who you are; run it with docker, or drop user", v.Name, v.User)
		}
	}
	folder, inMemory, err := folderFact(filepath.Dir(s.estate.folder()))
	if err != nil {
		return nil, err
	}
	if inMemory {
		s.say(inMemoryWarning)
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return nil, err
	}
	h := &host{
		session: s.id, root: s.opts.Root, dir: s.logs, folder: s.estate.folder(),
		starter: newStarter(), scenario: s.scenario, paths: map[string]string{}, ports: map[int]bool{},
		known: map[string]string{
			"folder": folder,
			"kernel": strings.TrimSpace(string(kernel)),
			"limits": "processors are pinned (sched_setaffinity); memory is not limited, nor is a CPU quota set: a process of the host has no cgroup of its own",
		},
	}
	if n := s.scenario.Limits.CPUs; !n.IsWhole() && s.scenario.Limits.CPUSet == "" {
		h.known["limits.cpus"] = fmt.Sprintf("%d whole processors in place of %s CPUs", n.Whole(), n)
	}
	if s.scenario.Init {
		h.known["init"] = "none: a process of the host is no process 1, so signals that it does not handle end it, and what it leaves is swept"
	}
	return h, nil
}

// provide copies each binary to the session's folder: the one in the cache may
// be built anew, from changed source, while this run goes on.
func (h *host) provide(ctx context.Context, programs []program) error {
	for _, p := range programs {
		if p.spiked { // the binary is the plain program's
			p = program{who: p.who, fact: "spike", Program: goProgram(spikePackage)}
		}
		if len(p.Command) > 0 {
			if err := h.findCommand(p); err != nil {
				return fmt.Errorf("%s: %w", p.who, err)
			}
			continue
		}
		if p.Build.Package == "" {
			what := "image " + p.Image
			if p.Image == "" {
				what = "the Dockerfile " + p.Build.String()
			}
			return fmt.Errorf("%s: %s needs the docker engine; the host engine runs a Go package (build:) or a command of this machine (command:)", p.who, what)
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
	bin, err := build(ctx, h.root, runtime.GOARCH, p.Build.Package)
	if err != nil {
		return err
	}
	path := filepath.Join(h.folder, bin.name)
	if err := writeProgram(path, bin.text); err != nil {
		return err
	}
	h.paths[p.key()] = path
	h.known["binary."+p.fact] = "sha256:" + bin.hash
	return nil
}

// command is how a program is started.
func (h *host) command(sp spec) []string {
	switch {
	case !sp.spiked && len(sp.Command) > 0:
		return append([]string{h.resolve(sp.Command[0])}, sp.Command[1:]...)
	case !sp.spiked:
		return append([]string{h.paths[sp.key()]}, sp.args...)
	}
	spike := append([]string{h.paths[spikePackage]}, spikeArgs(sp.spike)...)
	sp.spiked = false
	return append(spike, h.command(sp)...)
}

// findCommand makes sure of a command before anything is started, and notes what
// it is.
func (h *host) findCommand(p program) error {
	path, err := exec.LookPath(h.resolve(expandKnown(p.Command[0], h.scenario.Secrets()))) // a path may look like a secret
	if err != nil {
		return fmt.Errorf("command: %w: install it, or write its path", err)
	}
	hash, err := hashFile(path)
	if err != nil {
		return err
	}
	h.known["binary."+p.fact] = "sha256:" + hash
	return nil
}

// resolve takes a path such as ./service from where build paths are taken, and
// leaves a plain name to PATH.
func (h *host) resolve(name string) string {
	if filepath.IsAbs(name) || !strings.ContainsRune(name, filepath.Separator) {
		return name
	}
	return filepath.Join(h.root, name)
}

// laid is a directory of the session.
func (h *host) laid(program string) (string, bool) {
	return filepath.Join(h.folder, "files", program), true
}

// lay writes the files of a program's start, in the place of those of its last.
// The directory's path stands in the program's arguments, so that other users of
// the machine know it: what holds a password is for the program's user alone. The
// others stay readable to a user whom the program may become.
func (h *host) lay(program string, files map[string]laidFile) error {
	dir, _ := h.laid(program)
	if err := os.RemoveAll(dir); err != nil || len(files) == 0 {
		return err
	}
	for path, f := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o711); err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if f.private {
			mode = 0o600
		}
		if err := os.WriteFile(path, f.text, mode); err != nil {
			return err
		}
	}
	return nil
}

// place is an empty directory for a program to be started in. What its last start
// left there, such as the dump of a store, would not be there in a container.
func (h *host) place(program string) (string, error) {
	dir := filepath.Join(h.folder, placesDir, program)
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o755)
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// writeProgram writes a new file that may be executed.
func writeProgram(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
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
