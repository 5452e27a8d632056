package engine

import (
	"context"
	"fmt"

	"github.com/memproof/memproof/bench/metric"
)

// spikePackage is the program that holds memory beside another one.
const spikePackage = "github.com/memproof/memproof/bench/cmd/spike"

// spikeArgs come before the command that is spiked.
func spikeArgs(memory metric.Bytes) []string {
	return []string{"-memory", fmt.Sprint(uint64(memory)), "--"}
}

// spikeDockerfile adds the spike to any image. What the image starts is then
// given to the spike as arguments, see spikedCommand.
const (
	spikeDockerfile = "ARG BASE\nFROM ${BASE}\nCOPY program /memproof-spike\n"
	spikePath       = "/memproof-spike"
)

// spikedImage is the program's image with the spike in it.
func (d *docker) spikedImage(ctx context.Context, p program) (string, error) {
	plain := p
	plain.spiked = false
	base, err := d.image(ctx, plain)
	if err != nil {
		return "", err
	}
	id, err := d.imageID(ctx, base)
	if err != nil {
		return "", err
	}
	bin, err := build(ctx, d.root, d.version.Arch, spikePackage)
	if err != nil {
		return "", err
	}
	d.known["binary.spike"] = "sha256:" + bin.hash
	// The id stands in the build's arguments for the tag alone: BuildKit would
	// look for an id at a registry.
	return d.binaryImage(ctx, "memproof/spiked", spikeDockerfile, bin, map[string]*string{"BASE": &base, "BASE_ID": &id})
}

// spikedCommand is the entry point and the arguments of a spiked image: the
// spike, and what the image would have started without it.
func (d *docker) spikedCommand(ctx context.Context, sp spec) (entrypoint, args []string, err error) {
	image, err := d.client.ImageInspect(ctx, d.images[sp.key()])
	if err != nil {
		return nil, nil, fmt.Errorf("spike: %w", err)
	}
	args = sp.args
	if len(args) == 0 {
		args = image.Config.Cmd
	}
	return append([]string{spikePath}, spikeArgs(sp.spike)...), append(image.Config.Entrypoint, args...), nil
}
