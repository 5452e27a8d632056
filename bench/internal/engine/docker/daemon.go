package docker

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/moby/moby/client"
)

// daemonPatience is how long a Docker daemon may take to answer.
const daemonPatience = 3 * time.Second

// daemon is a Docker daemon that answers.
type daemon struct {
	client  *client.Client
	version client.ServerVersionResult
}

// findDaemon asks the daemon of the docker command line: DOCKER_HOST, else the current
// docker context, else the default socket. If it does not answer, no other is tried.
func findDaemon(ctx context.Context) (*daemon, error) {
	host, err := daemonAddress()
	if err != nil {
		return nil, err
	}
	c, err := dial(host)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, daemonPatience)
	defer cancel()
	v, err := c.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return nil, fmt.Errorf("no Docker daemon answers at %s (%w)", c.DaemonHost(), err)
	}
	if v.Os != "linux" {
		return nil, fmt.Errorf("the Docker daemon at %s runs %s containers, want linux", c.DaemonHost(), v.Os)
	}
	return &daemon{client: c, version: v}, nil
}

// dial makes a client. It takes TLS settings from DOCKER_TLS_VERIFY and
// DOCKER_CERT_PATH.
func dial(host string) (*client.Client, error) {
	c, err := client.New(client.FromEnv, client.WithHost(host))
	if err != nil {
		return nil, fmt.Errorf("docker at %s: %w", host, err)
	}
	return c, nil
}

func daemonAddress() (string, error) {
	if host := os.Getenv("DOCKER_HOST"); host != "" {
		return host, nil
	}
	dir := os.Getenv("DOCKER_CONFIG")
	if home, err := os.UserHomeDir(); dir == "" && err == nil {
		dir = filepath.Join(home, ".docker")
	}
	return contextAddress(dir)
}

// contextAddress reads the address of the current docker context below dir, the folder
// of the docker command line. A context has a folder named by the SHA-256 of its name,
// see cli/context/store in docker/cli.
func contextAddress(dir string) (string, error) {
	var config struct{ CurrentContext string }
	if err := readJSON(filepath.Join(dir, "config.json"), &config); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	name := cmp.Or(os.Getenv("DOCKER_CONTEXT"), config.CurrentContext, "default")
	if name == "default" {
		return client.DefaultDockerHost, nil
	}
	sum := sha256.Sum256([]byte(name))
	var meta struct {
		Endpoints map[string]struct{ Host string }
	}
	path := filepath.Join(dir, "contexts", "meta", hex.EncodeToString(sum[:]), "meta.json")
	if err := readJSON(path, &meta); err != nil {
		return "", fmt.Errorf("docker context %q: %w", name, err)
	}
	return cmp.Or(meta.Endpoints["docker"].Host, client.DefaultDockerHost), nil
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
