package docker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/moby/moby/client"
)

// The Debian below Postgres: its name at a registry, and here where it was
// imported.
const (
	debianPulled   = "debian:bookworm-slim"
	debianImported = "memproof/debian:bookworm"
)

// debianRemedy is what a person can do where neither pull nor import works.
const debianRemedy = "give Docker access to a registry, or run once as root on a Linux machine of the daemon's architecture " +
	"after apt-get install debootstrap (with MEMPROOF_INSTALL=1 memproof runs that itself)"

// noDebian says why a daemon could get no Debian; nil where it has one, or perhaps
// could. It weighs what there is: an image, the means to make one, a registry.
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
	d.opts.Say(fmt.Sprintf("postgres: no registry (%v); importing Debian bookworm with debootstrap, once", pullErr))
	if err := d.importDebian(ctx); err != nil {
		return "", "", fmt.Errorf("base image for Postgres: %w", errors.Join(pullErr, err))
	}
	return debianImported, "Debian bookworm imported by debootstrap", nil
}

// baseImage names an image that spares Postgres the registry.
func baseImage(ctx context.Context, c *client.Client) string {
	for _, name := range []string{"memproof/postgres:" + contentHash([]byte(postgresDockerfile)), debianPulled, debianImported} {
		if _, err := c.ImageInspect(ctx, name); err == nil {
			return name
		}
	}
	return ""
}

// registryPatience is how long a registry may take to answer the doctor.
const registryPatience = 3 * time.Second

// askRegistry has the daemon ask its registry, or the mirror that it is set to,
// for what is pulled first.
func askRegistry(ctx context.Context, c *client.Client) error {
	ctx, cancel := context.WithTimeoutCause(ctx, registryPatience, fmt.Errorf("no answer within %v", registryPatience))
	defer cancel()
	_, err := c.DistributionInspect(ctx, debianPulled, client.DistributionInspectOptions{})
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
