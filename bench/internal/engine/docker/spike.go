package docker

import (
	"context"
	"fmt"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/build"
)

// spikeDockerfile adds the spike to any image. What the image starts is then
// given to the spike as arguments, see spikedCommand.
const (
	spikeDockerfile = "ARG BASE\nFROM ${BASE}\nCOPY program /memproof-spike\n"
	spikePath       = "/memproof-spike"
)

// spikedImage is the program's image with the spike in it.
func (d *docker) spikedImage(ctx context.Context, p backend.Program) (string, error) {
	plain := p
	plain.Spiked = false
	base, err := d.image(ctx, plain)
	if err != nil {
		return "", err
	}
	id, err := d.imageID(ctx, base)
	if err != nil {
		return "", err
	}
	bin, err := build.Program(ctx, d.opts.Root, d.version.Arch, backend.SpikePackage)
	if err != nil {
		return "", err
	}
	d.known["binary.spike"] = "sha256:" + bin.Hash
	// The id stands in the build's arguments for the tag alone: BuildKit would
	// look for an id at a registry.
	return d.binaryImage(ctx, "memproof/spiked", spikeDockerfile, bin, map[string]*string{"BASE": &base, "BASE_ID": &id})
}

// spikedCommand is the entry point and the arguments of a spiked image: the
// spike, and what the image would have started without it.
func (d *docker) spikedCommand(ctx context.Context, sp backend.Spec) (entrypoint, args []string, err error) {
	image, err := d.client.ImageInspect(ctx, d.images[sp.Key()])
	if err != nil {
		return nil, nil, fmt.Errorf("spike: %w", err)
	}
	args = sp.Args
	if len(args) == 0 {
		args = image.Config.Cmd
	}
	return append([]string{spikePath}, backend.SpikeArgs(sp.Spike)...), append(image.Config.Entrypoint, args...), nil
}
