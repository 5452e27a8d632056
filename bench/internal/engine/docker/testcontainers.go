package docker

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
)

// setupOnce guards the environment of testcontainers, which is read once a process.
var setupOnce sync.Once

// setUpTestcontainers makes testcontainers use the daemon at host, without output. It
// sets variables of this process only. The reaper of testcontainers is an image, which a
// machine without a registry can't pull; the session's watchdog does its work.
func setUpTestcontainers(host, session string) (err error) {
	setupOnce.Do(func() {
		log.SetDefault(log.NewNoopLogger())
		env := map[string]string{
			"DOCKER_HOST":                  host,
			"TESTCONTAINERS_RYUK_DISABLED": "true",
			// By default a hash of the parent process, the same for two runs of a shell.
			"TESTCONTAINERS_SESSION_ID": session,
		}
		if dialsGateway(host) {
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

// dialsGateway reports whether testcontainers would take this machine for a container
// of the daemon, and dial the bridge's gateway for a minute.
func dialsGateway(host string) bool {
	_, err := os.Stat("/.dockerenv")
	_, set := os.LookupEnv("TESTCONTAINERS_HOST_OVERRIDE")
	return err == nil && !set && isLocal(host)
}

// sameDaemon refuses a tc.host in ~/.testcontainers.properties that names another
// daemon: half of a run would be on another machine.
func sameDaemon(host string) error {
	p, err := testcontainers.NewDockerProvider()
	if err != nil {
		return fmt.Errorf("testcontainers: %w", err)
	}
	defer p.Close()
	if got := p.Client().DaemonHost(); got != host {
		return fmt.Errorf("testcontainers talks to %s and docker to %s: remove tc.host from ~/.testcontainers.properties, "+
			"or set DOCKER_HOST to the same", got, host)
	}
	return nil
}
