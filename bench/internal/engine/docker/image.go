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
	archive, err := contextArchive(dockerfile, bin.Text)
	if err != nil {
		return "", err
	}
	return name, d.buildImage(ctx, recipe{name: name, text: dockerfile, file: "Dockerfile", context: archive, args: args})
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

// contextArchive is a build context in memory: a Dockerfile, and a file called
// program where there is one.
func contextArchive(dockerfile string, program []byte) (io.Reader, error) {
	files := map[string][]byte{"Dockerfile": []byte(dockerfile)}
	if program != nil {
		files["program"] = program
	}
	var out bytes.Buffer
	out.Grow(len(program) + 8<<10)
	w := tar.NewWriter(&out)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(text))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(text); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return &out, nil
}

// contentHash makes an image's tag, so that the same content is built once.
func contentHash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
