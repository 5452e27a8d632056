package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/memproof/memproof/bench/internal/engine/logfile"
	"github.com/moby/moby/client"
	"github.com/moby/moby/client/pkg/jsonmessage"
)

// recipe is what an image is built from.
type recipe struct {
	name    string             // of the image, with its tag
	text    string             // of the Dockerfile
	file    string             // the Dockerfile's name within the context
	context io.Reader          // a tar
	args    map[string]*string // of the build
}

// buildImage builds an image. The daemon's words go to a log of their own. It asks
// the daemon itself: testcontainers asks every credential helper of the machine
// before it builds, also for an image FROM scratch, and ends where one fails.
func (d *docker) buildImage(ctx context.Context, r recipe) error {
	repo, _, _ := strings.Cut(r.name, ":")
	path := filepath.Join(d.opts.Logs, "build-"+strings.TrimPrefix(repo, "memproof/")+".log")
	file, err := logfile.Create(path)
	if err != nil {
		return err
	}
	words := logfile.Redacting(file, d.opts.Scenario)
	defer words.Close()
	auth, authErr := buildAuth(r.text, r.args)
	res, err := d.client.ImageBuild(ctx, r.context, client.ImageBuildOptions{
		Tags: []string{r.name}, Dockerfile: r.file, BuildArgs: r.args, AuthConfigs: auth, Remove: true, ForceRemove: true,
	})
	if err == nil {
		err = errors.Join(jsonmessage.DisplayStream(res.Body, words), res.Body.Close())
	}
	if err != nil {
		return fmt.Errorf("image %s: build: %w%s", r.name, errors.Join(err, authErr), logfile.QuoteTail(path))
	}
	return nil
}
