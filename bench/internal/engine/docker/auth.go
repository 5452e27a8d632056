package docker

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/cpuguy83/dockercfg"
	"github.com/distribution/reference"
	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/api/types/registry"
)

// registryOf is the name of an image's registry in the docker command line's
// configuration; empty where the image's name is not valid.
func registryOf(image string) string {
	name, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return ""
	}
	return dockercfg.ResolveRegistryHost(reference.Domain(name))
}

// credentials are what docker login left for one registry, or empty. No other registry's
// helper is asked: a broken one must not stop what does not need it.
func credentials(address string) (registry.AuthConfig, error) {
	auth := registry.AuthConfig{ServerAddress: address}
	config, err := dockercfg.LoadDefaultConfig()
	if errors.Is(err, fs.ErrNotExist) {
		return auth, nil
	}
	if err != nil {
		return auth, fmt.Errorf("credentials of %s: %w", address, err)
	}
	user, secret, err := config.GetRegistryCredentials(address)
	if err != nil {
		return auth, fmt.Errorf("credentials of %s: %w", address, err)
	}
	if user == "" { // then the secret is a token
		auth.IdentityToken = secret
	} else {
		auth.Username, auth.Password = user, secret
	}
	return auth, nil
}

// pullAuth is the header of a pull, empty for a pull without credentials. A pull may
// succeed after an error: most images need no credentials.
func pullAuth(image string) (header string, err error) {
	address := registryOf(image)
	if address == "" {
		return "", nil
	}
	auth, err := credentials(address)
	if err != nil || auth.IdentityToken == "" && auth.Username == "" {
		return "", err
	}
	return authconfig.Encode(auth)
}

// buildAuth are the credentials of the registries that a Dockerfile pulls from.
func buildAuth(dockerfile string, args map[string]*string) (all map[string]registry.AuthConfig, err error) {
	all = map[string]registry.AuthConfig{}
	for _, image := range baseImages(dockerfile, args) {
		address := registryOf(image)
		if _, known := all[address]; known || address == "" {
			continue
		}
		auth, e := credentials(address)
		if err = errors.Join(err, e); e == nil && (auth.IdentityToken != "" || auth.Username != "") {
			all[address] = auth
		}
	}
	return all, err
}

// baseImages are the images that a Dockerfile names after FROM and COPY --from, without
// its own stages. Arguments are filled in; a name without a value stays as it is written.
func baseImages(dockerfile string, args map[string]*string) (images []string) {
	values, stages := map[string]string{}, []string{"scratch"}
	for line := range strings.Lines(dockerfile) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		image, stage := "", ""
		switch strings.ToUpper(words[0]) {
		case "ARG":
			setArgs(values, words[1:], args)
		case "FROM":
			image, stage = fromLine(words[1:])
		case "COPY":
			image = copiedFrom(words[1:])
		}
		image = cmp.Or(expandArgs(image, values), image)
		if image != "" && !slices.Contains(stages, strings.ToLower(image)) {
			images = append(images, image)
		}
		if stage != "" {
			stages = append(stages, strings.ToLower(stage))
		}
	}
	return images
}

// setArgs sets NAME or NAME=DEFAULT. The value given for the build wins. A stage names an
// argument again without its value.
func setArgs(values map[string]string, words []string, given map[string]*string) {
	for _, text := range words {
		name, value, ok := strings.Cut(text, "=")
		if v := given[name]; v != nil {
			value, ok = *v, true
		}
		if ok {
			values[name] = strings.Trim(value, `"'`)
		}
	}
}

// fromLine reads what follows FROM: [--platform=…] IMAGE [AS STAGE].
func fromLine(words []string) (image, stage string) {
	words = slices.DeleteFunc(words, func(w string) bool { return strings.HasPrefix(w, "--") })
	if len(words) == 0 {
		return "", ""
	}
	if len(words) == 3 && strings.EqualFold(words[1], "AS") {
		stage = words[2]
	}
	return words[0], stage
}

// copiedFrom is the image or stage of COPY --from, among its flags; empty for a stage's
// number.
func copiedFrom(words []string) string {
	for _, flag := range words {
		image, ok := strings.CutPrefix(flag, "--from=")
		switch {
		case ok && strings.Trim(image, "0123456789") == "", !strings.HasPrefix(flag, "--"):
			return ""
		case ok:
			return image
		}
	}
	return ""
}

// expandArgs fills in $NAME, ${NAME} and ${NAME:-DEFAULT}.
func expandArgs(text string, values map[string]string) string {
	return os.Expand(text, func(name string) string {
		name, fallback, _ := strings.Cut(name, ":-")
		return cmp.Or(values[name], fallback)
	})
}
