package docker

import (
	"context"
	_ "embed"
	"fmt"
	"path/filepath"

	"github.com/containerd/errdefs"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/memproof/memproof/bench/internal/engine/postgres"
	"github.com/memproof/memproof/bench/scenario"
)

//go:embed postgres.Dockerfile
var postgresDockerfile string

// postgresShm is the size of /dev/shm, in bytes, through which the workers of a
// parallel query or index share memory; Docker's 64 MB end at tables of some
// 300 MB. It is a bound: nothing is taken before it is used.
const postgresShm = 1 << 30

// Postgres starts a server on an anonymous volume: the files of a real disk,
// not of the image's layers and not of memory, where a commit would be free.
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
	d.opts.Say("postgres: building its image, once, on " + base)
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
