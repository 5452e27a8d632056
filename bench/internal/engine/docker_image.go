package engine

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// programDockerfile is all that an image of ours holds: the binary.
const programDockerfile = "FROM scratch\nCOPY program /program\nENTRYPOINT [\"/program\"]\n"

func (d *docker) provide(ctx context.Context, programs []program) error {
	for _, p := range programs {
		if d.images[p.key()] == "" {
			name, err := d.image(ctx, p)
			if err != nil {
				return fmt.Errorf("%s: %w", p.who, err)
			}
			if d.images[p.key()], err = d.imageID(ctx, name); err != nil {
				return fmt.Errorf("%s: %w", p.who, err)
			}
		}
		d.known["image."+p.fact] = d.images[p.key()]
	}
	return nil
}

// image builds or finds the image of a program and returns its name.
func (d *docker) image(ctx context.Context, p program) (string, error) {
	switch {
	case p.spiked:
		return d.spikedImage(ctx, p)
	case p.Image != "":
		return p.Image, d.foreignImage(ctx, p.Image)
	case p.Build.Context != "":
		return d.contextImage(ctx, p.Build)
	case p.Build.Package == "":
		return "", fmt.Errorf("command %q is for the host engine: the docker engine needs an image or a build", strings.Join(p.Command, " "))
	}
	bin, err := build(ctx, d.root, d.version.Arch, p.Build.Package)
	if err != nil {
		return "", err
	}
	d.known["binary."+p.fact] = "sha256:" + bin.hash
	return d.binaryImage(ctx, "memproof/"+imageName(p.Build.Package), programDockerfile, bin, nil)
}

// binaryImage builds an image around a binary, unless it is there already, and
// returns its name. The tag is a hash of all that goes into it.
func (d *docker) binaryImage(ctx context.Context, repo, dockerfile string, bin binary, args map[string]*string) (string, error) {
	content := dockerfile + bin.hash
	for _, name := range slices.Sorted(maps.Keys(args)) {
		content += name + *args[name]
	}
	name := repo + ":" + contentHash([]byte(content))
	if _, err := d.imageID(ctx, name); err == nil || !errdefs.IsNotFound(err) {
		return name, err
	}
	archive, err := contextArchive(dockerfile, bin.path)
	if err != nil {
		return "", err
	}
	from := testcontainers.FromDockerfile{ContextArchive: archive, Repo: repo, Tag: strings.TrimPrefix(name, repo+":"), KeepImage: true, BuildArgs: args}
	_, err = d.buildImage(ctx, from)
	return name, err
}

// foreignImage makes sure of an image that somebody else built: it is pulled
// where it is not here.
func (d *docker) foreignImage(ctx context.Context, name string) error {
	if _, err := d.imageID(ctx, name); !errdefs.IsNotFound(err) {
		return err
	}
	d.say("pulling " + name)
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
	stream, err := d.client.ImagePull(ctx, name, client.ImagePullOptions{})
	slow.Stop()
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return err
	}
	defer stream.Close()
	return stream.Wait(ctx)
}

// buildImage builds an image and returns its id. The daemon's words go to a
// log of their own.
func (d *docker) buildImage(ctx context.Context, from testcontainers.FromDockerfile) (string, error) {
	path := filepath.Join(d.dir, "build-"+strings.TrimPrefix(from.Repo, "memproof/")+".log")
	words, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer words.Close()
	from.BuildLogWriter = words
	p, err := testcontainers.NewDockerProvider(testcontainers.Generic2DockerOptions(testcontainers.WithLogger(d.chatter))...)
	if err != nil {
		return "", err
	}
	defer p.Close()
	name, err := p.BuildImage(ctx, &testcontainers.ContainerRequest{FromDockerfile: from})
	if err != nil {
		return "", fmt.Errorf("image %s:%s: %w%s", from.Repo, from.Tag, err, quoteTail(path))
	}
	return d.imageID(ctx, name)
}

// contextArchive is a build context in memory: a Dockerfile, and a file called
// program where path is not empty.
func contextArchive(dockerfile, path string) (io.ReadSeeker, error) {
	files := map[string][]byte{"Dockerfile": []byte(dockerfile)}
	if path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		files["program"] = text
	}
	var out bytes.Buffer
	out.Grow(len(files["program"]) + 8<<10)
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
	return bytes.NewReader(out.Bytes()), nil
}

// contentHash makes an image's tag, so that the same content is built once.
func contentHash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
