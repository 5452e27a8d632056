package docker

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/cpuguy83/dockercfg"
	"github.com/distribution/reference"
	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/api/types/registry"
)

// pullAuth is the header of a pull, empty for a pull without credentials. A pull may
// succeed after an error: most images need no credentials.
func pullAuth(image string) (header string, err error) {
	name, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return "", nil // the daemon reports it
	}
	address := dockercfg.ResolveRegistryHost(reference.Domain(name))
	all, err := credentials(address)
	if auth, ok := all[address]; ok {
		return authconfig.Encode(auth)
	}
	return "", err
}

// credentials are what docker login left for a registry, or for all where no address
// is given. An error leaves out only the registry that it names.
func credentials(addresses ...string) (all map[string]registry.AuthConfig, err error) {
	all = map[string]registry.AuthConfig{}
	config, err := dockercfg.LoadDefaultConfig()
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return all, fmt.Errorf("registry credentials: %w", err)
	}
	if len(addresses) == 0 {
		addresses = slices.AppendSeq(slices.Collect(maps.Keys(config.AuthConfigs)), maps.Keys(config.CredentialHelpers))
	}
	for _, address := range addresses {
		user, secret, e := config.GetRegistryCredentials(address)
		switch {
		case e != nil:
			err = errors.Join(err, fmt.Errorf("credentials of %s: %w", address, e))
		case user != "":
			all[address] = registry.AuthConfig{ServerAddress: address, Username: user, Password: secret}
		case secret != "":
			all[address] = registry.AuthConfig{ServerAddress: address, IdentityToken: secret}
		}
	}
	return all, err
}
