package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/memproof/memproof/bench/internal/engine/logfile"
	"github.com/moby/moby/api/types/registry"
	"github.com/moby/moby/client"
	"github.com/moby/moby/client/pkg/jsonmessage"
)

// recipe is what an image is built from.
type recipe struct {
	name       string             // of the image, with its tag
	dockerfile string             // name within files
	files      io.Reader          // a tar
	args       map[string]*string // of the build
	private    bool               // it may pull images that need credentials
}

// buildImage builds an image. The daemon's output goes to a log.
func (d *docker) buildImage(ctx context.Context, r recipe) error {
	repo, _, _ := strings.Cut(r.name, ":")
	path := filepath.Join(d.opts.Logs, "build-"+strings.TrimPrefix(repo, "memproof/")+".log")
	file, err := logfile.Create(path)
	if err != nil {
		return err
	}
	log := logfile.Redacting(file, d.opts.Scenario)
	defer log.Close()
	var auth map[string]registry.AuthConfig
	var authErr error
	if r.private {
		auth, authErr = credentials()
	}
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
