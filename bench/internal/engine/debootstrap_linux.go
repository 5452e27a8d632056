package engine

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

	"github.com/moby/moby/client"
)

// importDebian makes a minimal Debian with debootstrap and imports it as an
// image: what a machine with a package mirror and no registry can do.
func (d *docker) importDebian(ctx context.Context) error {
	if err := d.needDebootstrap(ctx); err != nil {
		return err
	}
	tree := filepath.Join(estate{Session: d.session}.folder(), "debian")
	if err := d.command(ctx, "debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", tree); err != nil {
		return err
	}
	return errors.Join(d.importTree(ctx, tree), os.RemoveAll(tree))
}

// needDebootstrap installs it where that is possible.
func (d *docker) needDebootstrap(ctx context.Context) error {
	switch {
	case runtime.GOARCH != d.version.Arch:
		return fmt.Errorf("debootstrap can't make a %s Linux here: %s", d.version.Arch, debianRemedy)
	case os.Geteuid() != 0:
		return fmt.Errorf("debootstrap needs root: %s", debianRemedy)
	}
	if _, err := exec.LookPath("debootstrap"); err == nil {
		return nil
	}
	if err := d.command(ctx, "apt-get", "install", "-y", "--no-install-recommends", "debootstrap"); err != nil {
		return fmt.Errorf("%w: %s", err, debianRemedy)
	}
	return nil
}

// command runs a program of this machine; its words go to the engine's logs.
// debootstrap mounts /proc, /sys and devices below its tree: in a mount
// namespace of its own they are gone with it however it ends, and whoever
// removes the tree removes nothing through them.
func (d *docker) command(ctx context.Context, name string, args ...string) error {
	path := filepath.Join(d.dir, name+".log")
	words, err := os.Create(path)
	if err != nil {
		return err
	}
	defer words.Close()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = words, words
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Env = append(os.Environ(), markName+"="+d.session+"/"+name+"/", "DEBIAN_FRONTEND=noninteractive")
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w%s", name, err, quoteTail(path))
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
