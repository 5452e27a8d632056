package docker

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
)

// setupOnce guards the environment of testcontainers, which it reads once a
// process.
var setupOnce sync.Once

// setUpTestcontainers makes testcontainers use the daemon at host and keep
// silent. It sets variables of this process alone. ryuk, its reaper, is an
// image that a machine without a registry can't pull; the watchdog is ours.
func setUpTestcontainers(host, session string) (err error) {
	setupOnce.Do(func() {
		log.SetDefault(log.NewNoopLogger())
		env := map[string]string{
			"DOCKER_HOST":                  host,
			"TESTCONTAINERS_RYUK_DISABLED": "true",
			// By default a hash of the parent process, which two runs from one
			// shell would share.
			"TESTCONTAINERS_SESSION_ID": session,
		}
		if fallsForDockerenv(host) {
			env["TESTCONTAINERS_HOST_OVERRIDE"] = "127.0.0.1"
		}
		for name, value := range env {
			err = errors.Join(err, os.Setenv(name, value))
		}
	})
	if err != nil {
		return err
	}
	return sameDaemon(host)
}

// fallsForDockerenv says whether testcontainers would believe that it runs in
// a container beside the daemon, and dial the bridge's gateway for a minute.
func fallsForDockerenv(host string) bool {
	_, err := os.Stat("/.dockerenv")
	_, set := os.LookupEnv("TESTCONTAINERS_HOST_OVERRIDE")
	return err == nil && !set && isLocal(host)
}

// sameDaemon refuses a tc.host in ~/.testcontainers.properties that sends
// testcontainers elsewhere: half of a run would be on another machine.
func sameDaemon(host string) error {
	p, err := testcontainers.NewDockerProvider()
	if err != nil {
		return fmt.Errorf("testcontainers: %w", err)
	}
	defer p.Close()
	if got := p.Client().DaemonHost(); got != host {
		return fmt.Errorf("testcontainers talks to %s and docker to %s: remove tc.host from ~/.testcontainers.properties, or set DOCKER_HOST to the same", got, host)
	}
	return nil
}
