package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/build"
	"github.com/moby/moby/client"
)

// programDockerfile is all that an image of ours holds: the binary.
const programDockerfile = "FROM scratch\nCOPY program /program\nENTRYPOINT [\"/program\"]\n"

func (d *docker) Provide(ctx context.Context, programs []backend.Program) error {
	for _, p := range programs {
		if d.images[p.Key()] == "" {
			name, err := d.image(ctx, p)
			if err != nil {
				return fmt.Errorf("%s: %w", p.Who, err)
			}
			if d.images[p.Key()], err = d.nativeID(ctx, name); err != nil {
				return fmt.Errorf("%s: %w", p.Who, err)
			}
		}
		d.known["image."+p.Fact] = d.images[p.Key()]
	}
	return nil
}

// image builds or finds the image of a program and returns its name.
func (d *docker) image(ctx context.Context, p backend.Program) (string, error) {
	switch {
	case p.Spiked:
		return d.spikedImage(ctx, p)
	case p.Image != "":
		return p.Image, d.foreignImage(ctx, p.Image)
	case p.Build.Context != "":
		return d.contextImage(ctx, p.Build)
	case p.Build.Package == "":
		return "", fmt.Errorf("command %q is for the host engine: the docker engine needs an image or a build", strings.Join(p.Command, " "))
	}
	bin, err := build.Program(ctx, d.opts.Root, d.version.Arch, p.Build.Package)
	if err != nil {
		return "", err
	}
	d.known["binary."+p.Fact] = "sha256:" + bin.Hash
	return d.binaryImage(ctx, "memproof/"+build.ShortName(p.Build.Package), programDockerfile, bin, nil)
}

// binaryImage builds an image around a binary, unless it is there already, and
// returns its name. The tag is a hash of all that goes into it.
func (d *docker) binaryImage(ctx context.Context, repo, dockerfile string, bin build.Binary, args map[string]*string) (string, error) {
	content := dockerfile + bin.Hash
	for _, name := range slices.Sorted(maps.Keys(args)) {
		content += name + *args[name]
	}
	name := repo + ":" + contentHash([]byte(content))
	if _, err := d.imageID(ctx, name); err == nil || !errdefs.IsNotFound(err) {
		return name, err
	}
	files, err := archiveOf(map[string][]byte{"Dockerfile": []byte(dockerfile), "program": bin.Text}, 0o755)
	if err != nil {
		return "", err
	}
	return name, d.buildImage(ctx, recipe{name: name, dockerfile: "Dockerfile", files: files, args: args})
}

// foreignImage makes sure of an image that somebody else built: it is pulled
// where it is not here.
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

// nativeID is the id of an image for the daemon's processors. An emulator's memory and
// time would be counted as the service's own.
func (d *docker) nativeID(ctx context.Context, name string) (string, error) {
	i, err := d.client.ImageInspect(ctx, name)
	if err != nil {
		return "", fmt.Errorf("image %s: %w", name, err)
	}
	if daemon := d.version.Arch; !native(i.Architecture, daemon) {
		arch := strings.TrimSuffix(i.Architecture+"/"+i.Variant, "/")
		return "", fmt.Errorf("image %s is for %s and the daemon runs on %s, so an emulator would be measured: pull or build it for linux/%s (docker pull --platform linux/%s)",
			name, arch, daemon, daemon, daemon)
	}
	return i.ID, nil
}

// native reports whether processors of one GOARCH run the programs of an image for
// another without an emulator. An image without an architecture passes, as it does in
// the daemon. Some arm64 processors run programs for arm, but not all: these are
// refused. Variants such as arm/v6 are not compared: a program for a newer one is not
// emulated but fails at once.
func native(image, daemon string) bool {
	return image == "" || image == daemon || image == "386" && daemon == "amd64"
}

// pullPatience is how long a registry may take to begin to answer; a network
// that drops packets would else hold the run for minutes.
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

// archiveOf is a tar of files, in memory.
func archiveOf(files map[string][]byte, mode int64) (io.Reader, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: int64(len(text))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(text); err != nil {
			return nil, err
		}
	}
	return &out, w.Close()
}

// contentHash makes an image's tag, so that the same content is built once.
func contentHash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
