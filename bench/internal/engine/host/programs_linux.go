package host

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/build"
)

// Provide copies each binary to the session's folder. Another build may replace the one
// in the cache during the run.
func (h *host) Provide(ctx context.Context, programs []backend.Program) error {
	for _, p := range programs {
		if p.Injected { // the binary is the plain program's
			p = backend.GoProgram(p.Who, "injector", backend.InjectorPackage)
		}
		if len(p.Command) > 0 {
			if err := h.findCommand(p); err != nil {
				return fmt.Errorf("%s: %w", p.Who, err)
			}
			continue
		}
		if err := h.copyProgram(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p.Who, err)
		}
	}
	return nil
}

func (h *host) copyProgram(ctx context.Context, p backend.Program) error {
	if h.paths[p.Key()] != "" {
		return nil
	}
	bin, err := build.Program(ctx, h.opts.Root, runtime.GOARCH, p.Build.Package)
	if err != nil {
		return err
	}
	path := filepath.Join(h.opts.Folder, bin.Name)
	if err := os.WriteFile(path, bin.Text, 0o755); err != nil {
		return err
	}
	h.paths[p.Key()] = path
	h.known["binary."+p.Fact] = "sha256:" + bin.Hash
	return nil
}

// command is the command line of a program.
func (h *host) command(sp backend.Spec) []string {
	switch {
	case !sp.Injected && len(sp.Command) > 0:
		return append([]string{h.resolve(sp.Command[0])}, sp.Command[1:]...)
	case !sp.Injected:
		return append([]string{h.paths[sp.Key()]}, sp.Args...)
	}
	injector := append([]string{h.paths[backend.InjectorPackage]}, backend.InjectorArgs(sp.HeldMemory)...)
	sp.Injected = false
	return append(injector, h.command(sp)...)
}

// findCommand finds the file of a command and records its hash.
func (h *host) findCommand(p backend.Program) error {
	name := backend.ExpandKnown(p.Command[0], h.opts.Scenario.Secrets()) // a path may look like a secret
	path, err := exec.LookPath(h.resolve(name))
	if err != nil {
		return fmt.Errorf("command: %w: install it, or write its path", err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	h.known["binary."+p.Fact] = "sha256:" + build.NewBinary("", text).Hash
	return nil
}

// resolve makes a path such as ./service relative to the directory of build paths. A name
// without a slash is for PATH.
func (h *host) resolve(name string) string {
	if filepath.IsAbs(name) || !strings.ContainsRune(name, filepath.Separator) {
		return name
	}
	return filepath.Join(h.opts.Root, name)
}
