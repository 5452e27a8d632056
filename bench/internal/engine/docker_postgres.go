package engine

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"github.com/containerd/errdefs"
	"github.com/memproof/memproof/bench/scenario"
)

//go:embed postgres.Dockerfile
var postgresDockerfile string

const postgresPort = 5432

// postgresShm is the size of /dev/shm, in bytes, through which the workers of a
// parallel query or index share memory; Docker's 64 MB end at tables of some
// 300 MB. It is a bound: nothing is taken before it is used.
const postgresShm = 1 << 30

// postgres starts a server on an anonymous volume: the files of a real disk,
// not of the image's layers and not of memory, where a commit would be free.
func (d *docker) postgres(ctx context.Context, settings map[string]string) (*server, error) {
	image, base, err := d.postgresImage(ctx)
	if err != nil {
		return nil, err
	}
	password := newPassword()
	p := program{Program: scenario.Program{Image: image}}
	d.images[p.key()] = image
	sp := spec{
		program: p, name: postgresName, ports: []int{postgresPort},
		args: postgresArgs(settings, "listen_addresses=*"),
		env:  map[string]string{"PASSWORD": password},
		log:  filepath.Join(d.dir, "postgres.log"),
	}
	proc, err := d.start(ctx, sp)
	if err != nil {
		return nil, err
	}
	return &server{
		outer: postgresURL(password, proc.endpoint(postgresPort)),
		inner: postgresURL(password, d.reach(postgresName, postgresPort)),
		proc:  proc, log: sp.log,
		facts: map[string]string{"image": image, "base": base, "data": "anonymous volume", "settings": settingsFact(settings)},
	}, nil
}

func postgresURL(password, address string) *url.URL {
	return &url.URL{Scheme: "postgres", User: url.UserPassword("memproof", password), Host: address, RawQuery: "sslmode=disable"}
}

// postgresImage finds or builds the image. base says where its Debian came from.
func (d *docker) postgresImage(ctx context.Context) (id, base string, err error) {
	name := "memproof/postgres:" + contentHash([]byte(postgresDockerfile))
	if i, err := d.client.ImageInspect(ctx, name); err == nil {
		return i.ID, i.Config.Labels["io.memproof.base"], nil
	} else if !errdefs.IsNotFound(err) {
		return "", "", fmt.Errorf("image %s: %w", name, err)
	}
	image, base, err := d.debian(ctx)
	if err != nil {
		return "", "", err
	}
	d.say("postgres: building its image, once, on " + base)
	archive, err := contextArchive(postgresDockerfile, nil)
	if err != nil {
		return "", "", err
	}
	args := map[string]*string{"BASE": &image, "ORIGIN": &base}
	if err := d.buildImage(ctx, recipe{name: name, text: postgresDockerfile, file: "Dockerfile", context: archive, args: args}); err != nil {
		return "", "", err
	}
	id, err = d.nativeID(ctx, name)
	return id, base, err
}

// The Debian below Postgres: its name at a registry, and here where it was
// imported.
const (
	debianPulled   = "debian:bookworm-slim"
	debianImported = "memproof/debian:bookworm"
)

// debianRemedy is what a person can do where neither pull nor import works.
const debianRemedy = "give Docker access to a registry, or run once as root on a Linux machine of the daemon's architecture " +
	"after apt-get install debootstrap (with MEMPROOF_INSTALL=1 memproof runs that itself)"

// debianNeed says why a daemon could get no Debian; nil where it has one, or
// perhaps could. It is asked before anything is built, and takes a few seconds at
// the most.
func debianNeed(ctx context.Context, d *daemon) error {
	return noDebian(baseImage(ctx, d.client), canImport(d.version.Arch), func() error { return askRegistry(ctx, d.client) })
}

// noDebian weighs what there is: an image, the means to make one, a registry.
func noDebian(image string, importErr error, askRegistry func() error) error {
	if image != "" || importErr == nil {
		return nil
	}
	if err := askRegistry(); err != nil {
		return fmt.Errorf("no image of Debian for Postgres: no registry answers (%w); %w", err, importErr)
	}
	return nil
}

// debian finds, pulls or imports a base image and says which in origin.
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
	d.say(fmt.Sprintf("postgres: no registry (%v); importing Debian bookworm with debootstrap, once", pullErr))
	if err := d.importDebian(ctx); err != nil {
		return "", "", fmt.Errorf("base image for Postgres: %w", errors.Join(pullErr, err))
	}
	return debianImported, "Debian bookworm imported by debootstrap", nil
}
