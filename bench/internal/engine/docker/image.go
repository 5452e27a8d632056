package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/build"
	"github.com/moby/moby/client"
)

// programDockerfile is for an image that holds one binary and nothing else.
const programDockerfile = "FROM scratch\nCOPY program /program\nENTRYPOINT [\"/program\"]\n"

func (d *docker) Provide(ctx context.Context, programs []backend.Program) error {
	for _, p := range programs {
		if d.images[p.Key()] == "" {
			if err := d.provide(ctx, p); err != nil {
				return fmt.Errorf("%s: %w", p.Who, err)
			}
		}
		d.known["image."+p.Fact] = d.images[p.Key()]
		if content := d.contents[p.Key()]; content != "" {
			d.known["context."+p.Fact] = content
		}
	}
	return nil
}

func (d *docker) provide(ctx context.Context, p backend.Program) error {
	name, content, err := d.image(ctx, p)
	if err != nil {
		return err
	}
	d.contents[p.Key()] = content
	d.images[p.Key()], err = d.nativeID(ctx, name)
	return err
}

// image builds or finds the image of a program and returns its name. content is the
// digest of what it was built from; empty for a pulled image, for a Go package, whose
// binary is a fact, and where it is not known.
func (d *docker) image(ctx context.Context, p backend.Program) (name, content string, err error) {
	switch {
	case p.Injected:
		return d.injectedImage(ctx, p)
	case p.Image != "":
		return p.Image, "", d.foreignImage(ctx, p.Image)
	case p.Build.Context != "":
		return d.contextImage(ctx, p.Build)
	case p.Build.Package == "":
		command := strings.Join(p.Command, " ")
		return "", "", fmt.Errorf("command %q is for the host engine: the docker engine needs an image or a build", command)
	}
	bin, err := build.Program(ctx, d.opts.Root, d.version.Arch, p.Build.Package)
	if err != nil {
		return "", "", err
	}
	d.known["binary."+p.Fact] = "sha256:" + bin.Hash
	name, err = d.binaryImage(ctx, recipe{name: "memproof/" + build.ShortName(p.Build.Package), text: programDockerfile}, bin, "")
	return name, "", err
}

// foreignImage pulls an image unless the daemon has it.
func (d *docker) foreignImage(ctx context.Context, name string) error {
	if _, err := d.imageID(ctx, name); !errdefs.IsNotFound(err) {
		return err
	}
	d.opts.Say("pulling " + name)
	if err := d.pull(ctx, name); err != nil {
		return fmt.Errorf("image %s is not on this machine and can't be pulled: %w", name, err)
	}
	return nil
}

func (d *docker) imageID(ctx context.Context, name string) (string, error) {
	i, err := d.client.ImageInspect(ctx, name)
	if err != nil {
		return "", fmt.Errorf("image %s: %w", name, err)
	}
	return i.ID, nil
}

// pullPatience is how long a registry may take to begin its answer. A network that
// drops packets would else delay the run by minutes.
const pullPatience = 20 * time.Second

func (d *docker) pull(ctx context.Context, name string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	slow := time.AfterFunc(pullPatience, func() { cancel(fmt.Errorf("no registry answered within %v", pullPatience)) })
	auth, authErr := pullAuth(name)
	stream, err := d.client.ImagePull(ctx, name, client.ImagePullOptions{RegistryAuth: auth})
	slow.Stop()
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return errors.Join(err, authErr)
	}
	defer stream.Close()
	return stream.Wait(ctx)
}

// nativeID is the id of an image for the daemon's processors. An emulator's memory and
// time would be counted as the service's own.
func (d *docker) nativeID(ctx context.Context, name string) (string, error) {
	i, err := d.client.ImageInspect(ctx, name)
	if err != nil {
		return "", fmt.Errorf("image %s: %w", name, err)
	}
	if !native(i.Architecture, d.version.Arch) {
		arch, daemon := strings.TrimSuffix(i.Architecture+"/"+i.Variant, "/"), d.version.Arch
		return "", fmt.Errorf("image %s is for %s and the daemon runs on %s, so an emulator would be measured: "+
			"pull or build it for linux/%s (docker pull --platform linux/%s)", name, arch, daemon, daemon, daemon)
	}
	return i.ID, nil
}

// native reports whether a daemon's processors run the programs of an image. Both have
// Go's or the kernel's name. An image without an architecture passes, as in the daemon.
//
// All amd64 processors run programs for 386. Only some arm64 processors run programs for
// arm, so these are refused. Versions such as arm/v6 are not compared: a program for a
// newer one is not emulated but fails at once.
func native(image, daemon string) bool {
	image, daemon = archName(image), archName(daemon)
	return image == "" || daemon == "" || image == daemon || image == "386" && daemon == "amd64"
}

// archName is Go's name of an architecture.
func archName(name string) string {
	name, _, _ = strings.Cut(strings.ToLower(name), "/")
	switch name {
	case "x86_64", "x86-64":
		return "amd64"
	case "aarch64", "armv8":
		return "arm64"
	case "armhf", "armel", "armv5l", "armv6l", "armv7l", "armv8l":
		return "arm"
	case "i386", "i486", "i586", "i686", "x86":
		return "386"
	case "powerpc64le", "ppc64el":
		return "ppc64le"
	}
	return name
}

// injectorDockerfile adds the injector to an image, see injectedCommand.
const (
	injectorDockerfile = "ARG BASE\nFROM ${BASE}\nCOPY program /memproof-injector\n"
	injectorPath       = "/memproof-injector"
)

// injectedImage adds the injector to the program's image.
func (d *docker) injectedImage(ctx context.Context, p backend.Program) (name, content string, err error) {
	plain := p
	plain.Injected = false
	base, of, err := d.image(ctx, plain)
	if err != nil {
		return "", "", err
	}
	id, err := d.imageID(ctx, base)
	if err != nil {
		return "", "", err
	}
	bin, err := build.Program(ctx, d.opts.Root, d.version.Arch, backend.InjectorPackage)
	if err != nil {
		return "", "", err
	}
	d.known["binary.injector"] = "sha256:" + bin.Hash
	// The base is named: BuildKit would look for its id at a registry.
	r := recipe{name: "memproof/injected", text: injectorDockerfile, args: map[string]*string{"BASE": &base}}
	name, err = d.binaryImage(ctx, r, bin, id)
	in := inputs{Text: r.text, Files: []string{bin.Hash}, Bases: []string{cmp.Or(of, d.known["binary."+plain.Fact], id)}}
	return name, in.digest(), err
}

// injectedCommand is the entry point and the arguments of a injected image: the injector,
// and the command that the image would start without it.
func (d *docker) injectedCommand(ctx context.Context, sp backend.Spec) (entrypoint, args []string, err error) {
	image, err := d.client.ImageInspect(ctx, d.images[sp.Key()])
	if err != nil {
		return nil, nil, fmt.Errorf("injector: %w", err)
	}
	args = sp.Args
	if len(args) == 0 {
		args = image.Config.Cmd
	}
	return append([]string{injectorPath}, backend.InjectorArgs(sp.HeldMemory)...), append(image.Config.Entrypoint, args...), nil
}
