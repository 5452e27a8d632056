package docker

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/containerd/errdefs"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/memproof/memproof/bench/internal/engine/postgres"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/moby/moby/client"
)

//go:embed postgres.Dockerfile
var postgresDockerfile string

var postgresImageName = "memproof/postgres:" + contentHash(postgresDockerfile)

// postgresShm is the size of /dev/shm, in bytes. The workers of a parallel query or
// index share memory there, and Docker's 64 MB suffice up to tables of some 300 MB. It
// is a bound: memory is taken when it is used.
const postgresShm = 1 << 30

// Postgres starts a server on an anonymous volume, so its files are on a disk: not in
// the image's layers, nor in memory, where a commit costs nothing.
func (d *docker) Postgres(ctx context.Context, settings map[string]string) (*backend.Server, error) {
	image, base, err := d.postgresImage(ctx)
	if err != nil {
		return nil, err
	}
	password := postgres.NewPassword()
	p := backend.Program{Program: scenario.Program{Image: image}}
	d.images[p.Key()] = image
	sp := backend.Spec{
		Program: p, Name: leftovers.PostgresName, Ports: []int{postgres.Port},
		Args: postgres.Args(settings, "listen_addresses=*"),
		Env:  map[string]string{"PASSWORD": password},
		Log:  filepath.Join(d.opts.Logs, "postgres.log"),
	}
	proc, err := d.Start(ctx, sp)
	if err != nil {
		return nil, err
	}
	return &backend.Server{
		Outer: postgres.ServerURL(password, proc.Endpoint(postgres.Port)),
		Inner: postgres.ServerURL(password, d.Address(leftovers.PostgresName, postgres.Port)),
		Proc:  proc, Log: sp.Log,
		Facts: map[string]string{"image": image, "base": base, "data": "anonymous volume", "settings": postgres.SettingsFact(settings)},
	}, nil
}

// postgresImage finds or builds the image. base is where its Debian came from.
func (d *docker) postgresImage(ctx context.Context) (id, base string, err error) {
	if i, err := d.client.ImageInspect(ctx, postgresImageName); err == nil {
		return i.ID, i.Config.Labels["io.memproof.base"], nil
	} else if !errdefs.IsNotFound(err) {
		return "", "", fmt.Errorf("image %s: %w", postgresImageName, err)
	}
	image, base, err := d.debian(ctx)
	if err != nil {
		return "", "", err
	}
	d.opts.Say("postgres: building its image, once, on " + base)
	files, err := archiveOf(map[string][]byte{"Dockerfile": []byte(postgresDockerfile)})
	if err != nil {
		return "", "", err
	}
	args := map[string]*string{"BASE": &image, "ORIGIN": &base}
	if err := d.buildImage(ctx, recipe{name: postgresImageName, text: postgresDockerfile, files: files, args: args}); err != nil {
		return "", "", err
	}
	id, err = d.nativeID(ctx, postgresImageName)
	return id, base, err
}

// The base of Postgres' image: its name at a registry, and its name once it was
// imported.
const (
	debianPulled   = "debian:bookworm-slim"
	debianImported = "memproof/debian:bookworm"
)

// debianRemedy is the remedy where neither pull nor import works.
const debianRemedy = "give Docker access to a registry, or run once as root on a Linux machine of the daemon's architecture " +
	"after apt-get install debootstrap (with MEMPROOF_INSTALL=1 memproof runs that itself)"

// noDebian returns why a daemon can't get a Debian; nil: it has one, or may get one. It
// asks the registry last.
func noDebian(image string, importErr error, askRegistry func() error) error {
	if image != "" || importErr == nil {
		return nil
	}
	if err := askRegistry(); err != nil {
		return fmt.Errorf("no image of Debian for Postgres: no registry answers (%w); %w", err, importErr)
	}
	return nil
}

// debian finds, pulls or imports a base image. origin names which, for a person.
func (d *docker) debian(ctx context.Context) (image, origin string, err error) {
	for _, image := range []string{debianPulled, debianImported} {
		if id, err := d.nativeID(ctx, image); err == nil {
			return image, image + " found on this machine, " + id, nil
		}
	}
	pullErr := d.pull(ctx, debianPulled)
	if pullErr == nil {
		return debianPulled, debianPulled + " pulled", nil
	}
	if ctx.Err() != nil {
		return "", "", ctx.Err()
	}
	d.opts.Say(fmt.Sprintf("postgres: no registry (%v); importing Debian bookworm with debootstrap, once", pullErr))
	if err := d.importDebian(ctx); err != nil {
		return "", "", fmt.Errorf("base image for Postgres: %w", errors.Join(pullErr, err))
	}
	return debianImported, "Debian bookworm imported by debootstrap", nil
}

// baseImage is the image for Postgres, or a base of it, that the daemon has; empty: none.
func baseImage(ctx context.Context, c *client.Client) string {
	for _, name := range []string{postgresImageName, debianPulled, debianImported} {
		if _, err := c.ImageInspect(ctx, name); err == nil {
			return name
		}
	}
	return ""
}

// registryPatience is how long a registry may take to answer the doctor.
const registryPatience = 3 * time.Second

// askRegistry lets the daemon ask its registry, or its mirror, for the base image.
func askRegistry(ctx context.Context, c *client.Client) error {
	ctx, cancel := context.WithTimeoutCause(ctx, registryPatience, fmt.Errorf("no answer within %v", registryPatience))
	defer cancel()
	_, err := c.DistributionInspect(ctx, debianPulled, client.DistributionInspectOptions{})
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
