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
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/build"
	"github.com/memproof/memproof/bench/internal/engine/logfile"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/moby/moby/client"
	"github.com/moby/moby/client/pkg/jsonmessage"
)

// recipe is what an image is built from.
type recipe struct {
	name       string             // of the image, with its tag
	text       string             // of the Dockerfile
	dockerfile string             // its name within files; empty: Dockerfile
	files      io.Reader          // a tar
	args       map[string]*string // of the build
}

// buildImage builds an image. The daemon's output goes to a log. testcontainers is not
// asked to build: it asks every credential helper of the machine, also for an image
// FROM scratch, and fails where one fails.
func (d *docker) buildImage(ctx context.Context, r recipe) error {
	repo, _, _ := strings.Cut(r.name, ":")
	path := filepath.Join(d.opts.Logs, "build-"+strings.TrimPrefix(repo, "memproof/")+".log")
	file, err := logfile.Create(path)
	if err != nil {
		return err
	}
	log := logfile.Redacting(file, d.opts.Scenario)
	defer log.Close()
	auth, authErr := buildAuth(r.text, r.args)
	res, err := d.client.ImageBuild(ctx, r.files, client.ImageBuildOptions{
		Tags: []string{r.name}, Dockerfile: r.dockerfile, BuildArgs: r.args, AuthConfigs: auth, Remove: true, ForceRemove: true,
	})
	if err == nil {
		err = errors.Join(jsonmessage.DisplayStream(res.Body, log), res.Body.Close())
	}
	if err != nil {
		return fmt.Errorf("image %s: build: %w%s", r.name, errors.Join(err, authErr), logfile.QuoteTail(path))
	}
	return nil
}

// binaryImage builds an image with a binary, unless the daemon has it, and returns its
// name. The tag is a hash of the Dockerfile, the binary and the id of the base image.
func (d *docker) binaryImage(ctx context.Context, r recipe, bin build.Binary, baseID string) (string, error) {
	r.name += ":" + contentHash(r.text+bin.Hash+baseID)
	if _, err := d.imageID(ctx, r.name); err == nil || !errdefs.IsNotFound(err) {
		return r.name, err
	}
	var err error
	if r.files, err = archiveOf(map[string][]byte{"Dockerfile": []byte(r.text), "program": bin.Text}); err != nil {
		return "", err
	}
	return r.name, d.buildImage(ctx, r)
}

// baseArg begins a Dockerfile that lets the engine choose its Debian:
//
//	ARG BASE=debian:bookworm-slim
//	FROM ${BASE}
//
// The engine gives it the same Debian as Postgres. The daemon pulls any other base.
var baseArg = regexp.MustCompile(`(?m)^ARG\s+BASE(=debian:bookworm-slim)?\s*$`)

// contextImage builds an image from a Dockerfile and its directory. It returns its name
// and the digest of its [inputs]. The daemon's cache makes it cheap where nothing changed.
func (d *docker) contextImage(ctx context.Context, b scenario.Build) (name, content string, err error) {
	if made, ok := d.contexts[b.String()]; ok { // for its injected image
		return made.name, made.content, nil
	}
	dir := b.Context
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(d.opts.Root, dir)
	}
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(b.File())))
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", fmt.Errorf("build: there is no %s: want the directory of a Dockerfile in context", filepath.Join(dir, b.File()))
	}
	if err != nil {
		return "", "", fmt.Errorf("build: %w", err)
	}
	args, err := d.buildArgs(ctx, b, text)
	if err != nil {
		return "", "", err
	}
	d.opts.Say("building " + b.String())
	if err := checkContext(dir, b.File(), os.Open); err != nil {
		return "", "", err
	}
	in := inputs{Text: string(text)}
	if in.Files, err = d.readContext(b, dir); err != nil {
		return "", "", err
	}
	name = "memproof/" + build.ShortName(dir) + ":" + contentHash(dir+"\x00"+b.String()+d.opts.Scenario.SecretsHash())
	archive, err := contextOf(dir, b.File())
	if err != nil {
		return "", "", err
	}
	r := recipe{name: name, text: string(text), dockerfile: b.File(), files: archive, args: args}
	if err := d.buildImage(ctx, r); err != nil {
		return "", "", err
	}
	content, err = d.inputsOf(ctx, b.String(), in, args)
	d.contexts[b.String()] = builtImage{name, content}
	return name, content, err
}

// builtImage is an image that a Dockerfile made.
type builtImage struct {
	name    string
	content string // digest of its [inputs]; empty where a base is not known
}

// buildArgs are the arguments of a build. The engine chooses BASE where a Dockerfile
// leaves it the choice; the scenario's win.
func (d *docker) buildArgs(ctx context.Context, b scenario.Build, dockerfile []byte) (map[string]*string, error) {
	args := map[string]*string{}
	if baseArg.Match(dockerfile) {
		image, _, err := d.debian(ctx)
		if err != nil {
			return nil, err
		}
		args["BASE"] = &image
	}
	for name, value := range b.Args {
		filled := backend.ExpandKnown(value, d.opts.Scenario.Secrets())
		args[name] = &filled
	}
	return args, nil
}

// readContext hashes the files of a build context. It warns of the run's own folder among
// them: what a run writes would change what the next one builds.
func (d *docker) readContext(b scenario.Build, dir string) ([]string, error) {
	archive, err := contextOf(dir, b.File())
	if err != nil {
		return nil, err
	}
	lines, err := hashFiles(archive)
	if err != nil {
		return nil, fmt.Errorf("build: %s: %w", dir, err)
	}
	if (inputs{Files: lines}).holdsFolder(dir, d.opts.Logs) {
		d.opts.Say(fmt.Sprintf("the build of %s gets the files of this run, so each run measures another image and begins another study: "+
			"add the folder of reports to %s", b, filepath.Join(dir, ".dockerignore")))
	}
	return lines, nil
}

// archiveOf is a build context in memory: a tar of files.
func archiveOf(files map[string][]byte) (io.Reader, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(text))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(text); err != nil {
			return nil, err
		}
	}
	return &out, w.Close()
}

// contentHash makes a tag, so that the same content is built once.
func contentHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}
