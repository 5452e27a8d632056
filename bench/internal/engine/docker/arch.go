package docker

import (
	"context"
	"fmt"
	"strings"
)

// nativeID is the id of an image, of which the daemon's processors run the
// programs themselves. An emulator's memory and time would be counted as the
// service's own.
func (d *docker) nativeID(ctx context.Context, name string) (string, error) {
	i, err := d.client.ImageInspect(ctx, name)
	if err != nil {
		return "", fmt.Errorf("image %s: %w", name, err)
	}
	if !native(i.Architecture, d.version.Arch) {
		return "", foreignError(name, i.Architecture, i.Variant, d.version.Arch)
	}
	return i.ID, nil
}

func foreignError(name, arch, variant, daemon string) error {
	if variant != "" {
		arch += "/" + variant
	}
	return fmt.Errorf("image %s is for %s and the daemon runs on %s: it would be an emulator that is measured; pull or build it for linux/%s (docker pull --platform linux/%s)",
		name, arch, daemon, daemon, daemon)
}

// native says whether a daemon's processors run the programs of an image. Both
// are named as Go or as the kernel does. An image that names nothing is taken as
// the daemon takes it.
//
// Of 32-bit programs: x86-64 processors run those of 386. Those of arm on an arm64
// daemon are refused: some processors run them and some do not, and then an
// emulator is put in their place without a word. Versions of one architecture
// (arm/v6, amd64/v3) are not compared: a program for a newer one fails at once
// instead of being emulated.
func native(image, daemon string) bool {
	image, daemon = archName(image), archName(daemon)
	return image == "" || daemon == "" || image == daemon || image == "386" && daemon == "amd64"
}

// archName is Go's name of an architecture.
func archName(name string) string {
	name, _, _ = strings.Cut(strings.ToLower(name), "/")
	switch name {
	case "x86_64", "x86-64":
		return "amd64"
	case "aarch64", "armv8":
		return "arm64"
	case "armhf", "armel", "armv5l", "armv6l", "armv7l", "armv8l":
		return "arm"
	case "i386", "i486", "i586", "i686", "x86":
		return "386"
	case "powerpc64le", "ppc64el":
		return "ppc64le"
	}
	return name
}
