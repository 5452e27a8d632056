package docker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/memproof/memproof/bench/internal/engine/logfile"
	"github.com/moby/moby/client"
)

// importDebian makes a minimal Debian with debootstrap and imports it as an
// image: what a machine with a package mirror and no registry can do.
func (d *docker) importDebian(ctx context.Context) error {
	if err := canImport(d.version.Arch); err != nil {
		return err
	}
	program, err := d.findDebootstrap(ctx)
	if err != nil {
		return err
	}
	tree := filepath.Join(d.opts.Folder, "debian")
	if err := d.command(ctx, program.env, program.path, "--variant=minbase", "--include=ca-certificates", "bookworm", tree); err != nil {
		return err
	}
	return errors.Join(d.importTree(ctx, tree), os.RemoveAll(tree))
}

// canImport says why this machine can't make a Debian for a daemon of that
// architecture. It looks only at what is installed, and takes no time.
func canImport(arch string) error {
	switch {
	case runtime.GOARCH != arch:
		return fmt.Errorf("debootstrap can't make a %s Linux here: %s", arch, debianRemedy)
	case os.Geteuid() != 0:
		return fmt.Errorf("debootstrap needs root: %s", debianRemedy)
	case has("debootstrap") || mayInstall() && has("apt-get") || has(unpackTools...):
		return nil
	}
	return fmt.Errorf("debootstrap is not installed: %s", debianRemedy)
}

// has says whether all the programs are on PATH.
func has(programs ...string) bool {
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			return false
		}
	}
	return true
}

// installEnv allows to install packages on this machine. Unasked, nothing is.
const installEnv = "MEMPROOF_INSTALL"

func mayInstall() bool { return os.Getenv(installEnv) == "1" }

// debootstrap is the program, and what it needs in its environment.
type debootstrap struct {
	path string
	env  []string
}

// findDebootstrap takes the one that is installed, installs it where a person
// allowed that, and else unpacks its package into the session's folder, which
// changes nothing of the machine.
func (d *docker) findDebootstrap(ctx context.Context) (debootstrap, error) {
	if path, err := exec.LookPath("debootstrap"); err == nil {
		return debootstrap{path: path}, nil
	}
	if mayInstall() && has("apt-get") {
		if err := d.command(ctx, nil, "apt-get", "install", "-y", "--no-install-recommends", "debootstrap"); err != nil {
			return debootstrap{}, fmt.Errorf("%w: %s", err, debianRemedy)
		}
		return debootstrap{path: "debootstrap"}, nil
	}
	program, err := d.unpackDebootstrap(ctx, debootstrapPackage)
	if err != nil {
		return debootstrap{}, fmt.Errorf("%w: %s", err, debianRemedy)
	}
	return program, nil
}

// command runs a program of this machine; its words go to the engine's logs.
// debootstrap mounts /proc, /sys and devices below its tree: in a mount
// namespace of its own they are gone with it however it ends, and whoever
// removes the tree removes nothing through them.
func (d *docker) command(ctx context.Context, env []string, program string, args ...string) error {
	name := filepath.Base(program)
	path := filepath.Join(d.opts.Logs, name+".log")
	words, err := logfile.Create(path)
	if err != nil {
		return err
	}
	defer words.Close()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdout, cmd.Stderr = words, words
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Env = append(os.Environ(), leftovers.TagName+"="+leftovers.Tag(d.opts.Session, name), "DEBIAN_FRONTEND=noninteractive")
	cmd.Env = append(cmd.Env, env...)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w%s", name, err, logfile.QuoteTail(path))
	}
	return nil
}

// importTree streams a file tree to the daemon. tar, and not archive/tar, for
// it keeps owners, links and devices without a line of ours.
func (d *docker) importTree(ctx context.Context, tree string) error {
	cmd := exec.CommandContext(ctx, "tar", "-C", tree, "-c", ".")
	var words bytes.Buffer
	cmd.Stderr = &words
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	importErr := d.importImage(ctx, out)
	out.Close() // tar then ends, whatever the daemon left unread
	if err := cmd.Wait(); importErr == nil && err != nil {
		return fmt.Errorf("tar %s: %w: %s", tree, err, strings.TrimSpace(words.String()))
	}
	return importErr
}

func (d *docker) importImage(ctx context.Context, tar io.Reader) error {
	answer, err := d.client.ImageImport(ctx, client.ImageImportSource{Source: tar, SourceName: "-"}, debianImported, client.ImageImportOptions{})
	if err != nil {
		return fmt.Errorf("import %s: %w", debianImported, err)
	}
	defer answer.Close()
	text, err := io.ReadAll(answer)
	if err != nil {
		return fmt.Errorf("import %s: %w", debianImported, err)
	}
	if bytes.Contains(text, []byte(`"error"`)) {
		return fmt.Errorf("import %s: %s", debianImported, text)
	}
	return nil
}
