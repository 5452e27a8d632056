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
	"time"

	"github.com/memproof/memproof/bench/internal/engine/build"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/memproof/memproof/bench/internal/engine/logfile"
	"github.com/moby/moby/client"
	"github.com/moby/moby/client/pkg/jsonmessage"
)

// importDebian makes a minimal Debian with debootstrap and imports it as an image. It
// needs a mirror of packages and no registry.
func (d *docker) importDebian(ctx context.Context) error {
	if err := canImport(d.version.Arch); err != nil {
		return err
	}
	program, env, err := d.findDebootstrap(ctx)
	if err != nil {
		return fmt.Errorf("debootstrap is not installed: %w: %s", err, debianRemedy)
	}
	tree := filepath.Join(d.opts.Folder, "debian")
	if err := d.command(ctx, env, program, "--variant=minbase", "--include=ca-certificates", "bookworm", tree); err != nil {
		return err
	}
	return errors.Join(d.importTree(ctx, tree), os.RemoveAll(tree))
}

// canImport returns why this machine can't make a Debian for a daemon of that
// architecture, a GOARCH; nil: it can. It only checks what is installed.
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

// has reports whether all the programs are on PATH.
func has(programs ...string) bool {
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			return false
		}
	}
	return true
}

// installEnv is a variable that allows memproof to install packages on this machine.
const installEnv = "MEMPROOF_INSTALL"

func mayInstall() bool { return os.Getenv(installEnv) == "1" }

// findDebootstrap takes the installed debootstrap, or installs it where that is
// allowed, or else unpacks its package into the session's folder. It returns the
// program and what it needs in its environment.
func (d *docker) findDebootstrap(ctx context.Context) (program string, env []string, err error) {
	const name = "debootstrap"
	switch {
	case has(name):
		return name, nil, nil
	case mayInstall() && has("apt-get"):
		return name, nil, d.command(ctx, nil, "apt-get", "install", "-y", "--no-install-recommends", name)
	}
	return d.unpackDebootstrap(ctx, debootstrapPackage)
}

// download is a file with a known content.
type download struct {
	urls []string // tried in turn
	hash string   // SHA-256, hexadecimal
}

const debootstrapPath = "pool/main/d/debootstrap/debootstrap_1.0.128%2Bnmu2%2Bdeb12u2_all.deb"

// debootstrapPackage is the package of Debian bookworm, a shell script and its data for
// every architecture. The second address keeps every version.
var debootstrapPackage = download{
	urls: []string{
		"http://deb.debian.org/debian/" + debootstrapPath,
		"http://snapshot.debian.org/archive/debian/20250520T000000Z/" + debootstrapPath,
	},
	hash: "63f354316e9bbe747b143b7b0d83e5f237c90314a17734fba9ff202c2ef02760",
}

// unpackTools download and unpack debootstrap, which itself calls wget.
var unpackTools = []string{"dpkg-deb", "wget"}

// unpackDebootstrap unpacks the package into the session's folder. It installs nothing.
func (d *docker) unpackDebootstrap(ctx context.Context, from download) (program string, env []string, err error) {
	if !has(unpackTools...) {
		return "", nil, fmt.Errorf("%q are needed to unpack its package", unpackTools)
	}
	d.opts.Say("debootstrap is not installed: unpacking Debian's package of it for this run; nothing is installed")
	dir := filepath.Join(d.opts.Folder, "debootstrap")
	file := dir + ".deb"
	if err := d.fetch(ctx, from, file); err != nil {
		return "", nil, err
	}
	if err := d.command(ctx, nil, "dpkg-deb", "--extract", file, dir); err != nil {
		return "", nil, err
	}
	return dir + "/usr/sbin/debootstrap", []string{"DEBOOTSTRAP_DIR=" + dir + "/usr/share/debootstrap"}, nil
}

// downloadPatience is how long a download may take.
const downloadPatience = 30 * time.Second

// fetch downloads a file from the first address that has it with the right hash.
func (d *docker) fetch(ctx context.Context, from download, path string) (err error) {
	for _, url := range from.urls {
		if err = d.fetchFrom(ctx, url, from.hash, path); err == nil {
			return nil
		}
	}
	return err
}

func (d *docker) fetchFrom(ctx context.Context, url, want, path string) error {
	ctx, cancel := context.WithTimeout(ctx, downloadPatience)
	defer cancel()
	if err := d.command(ctx, nil, "wget", "-O", path, url); err != nil {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if hash := build.NewBinary("", text).Hash; hash != want {
		return fmt.Errorf("GET %s: its SHA-256 is %s, want %s", url, hash, want)
	}
	return nil
}

// command runs a program of this machine, with its output in a log of the engine.
// debootstrap mounts /proc, /sys and devices below its tree. They are in a mount
// namespace of its own, so the tree can be removed without them, however it ended.
func (d *docker) command(ctx context.Context, env []string, program string, args ...string) error {
	name := filepath.Base(program)
	path := filepath.Join(d.opts.Logs, name+".log")
	log, err := logfile.Create(path)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Env = append(os.Environ(), leftovers.TagName+"="+leftovers.Tag(d.opts.Session, name), "DEBIAN_FRONTEND=noninteractive")
	cmd.Env = append(cmd.Env, env...)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w%s", name, err, logfile.QuoteTail(path))
	}
	return nil
}

// importTree imports a file tree as an image. The program tar keeps owners, links and
// devices. Its error becomes the import's.
func (d *docker) importTree(ctx context.Context, tree string) error {
	files, in := io.Pipe()
	defer files.Close() // ends tar, whatever the daemon left unread
	cmd := exec.CommandContext(ctx, "tar", "-C", tree, "-c", ".")
	var words bytes.Buffer
	cmd.Stdout, cmd.Stderr = in, &words
	go func() {
		err := cmd.Run()
		if err != nil {
			err = fmt.Errorf("tar %s: %w: %s", tree, err, strings.TrimSpace(words.String()))
		}
		in.CloseWithError(err)
	}()
	source := client.ImageImportSource{Source: files, SourceName: "-"}
	res, err := d.client.ImageImport(ctx, source, debianImported, client.ImageImportOptions{})
	if err == nil {
		err = errors.Join(jsonmessage.DisplayStream(res, io.Discard), res.Close())
	}
	if err != nil {
		return fmt.Errorf("import %s: %w", debianImported, err)
	}
	return nil
}
