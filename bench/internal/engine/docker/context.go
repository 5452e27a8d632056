package docker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/build"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/testcontainers/testcontainers-go"
)

// baseArg is what a Dockerfile begins with that leaves its Debian to us:
//
//	ARG BASE=debian:bookworm-slim
//	FROM ${BASE}
//
// It is given the one that is pulled where a registry answers, and imported where
// none does. Any other base is the daemon's to pull.
var baseArg = regexp.MustCompile(`(?m)^ARG\s+BASE(=debian:bookworm-slim)?\s*$`)

// contextImage builds an image from a Dockerfile and the directory around it, and
// returns its name. The daemon's cache makes it cheap where nothing changed.
func (d *docker) contextImage(ctx context.Context, b scenario.Build) (string, error) {
	if name, ok := d.contexts[b.String()]; ok { // the spiked image is built on it
		return name, nil
	}
	dir := b.Context
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(d.opts.Root, dir)
	}
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(b.File())))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("build: there is no %s: want the directory of a Dockerfile in context", filepath.Join(dir, b.File()))
	}
	if err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	args := map[string]*string{}
	if baseArg.Match(text) {
		image, _, err := d.debian(ctx)
		if err != nil {
			return "", err
		}
		args["BASE"] = &image
	}
	for name, value := range b.Args { // the scenario's win
		filled := backend.ExpandKnown(value, d.opts.Scenario.Secrets())
		args[name] = &filled
	}
	d.opts.Say("building " + b.String())
	name := "memproof/" + build.ShortName(dir) + ":" + contentHash([]byte(dir+"\x00"+b.String()+d.opts.Scenario.SecretsHash()))
	// It reads .dockerignore.
	from := testcontainers.ContainerRequest{FromDockerfile: testcontainers.FromDockerfile{Context: dir, Dockerfile: b.File()}}
	archive, err := from.GetContext()
	if err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	if err := d.buildImage(ctx, recipe{name: name, text: string(text), file: b.File(), context: archive, args: args}); err != nil {
		return "", err
	}
	d.contexts[b.String()] = name
	return name, nil
}
