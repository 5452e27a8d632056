package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"maps"
	"math"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/memproof/memproof/bench/internal/engine/logfile"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
	tcnetwork "github.com/testcontainers/testcontainers-go/network"
)

// docker starts programs as containers of one bridge network.
type docker struct {
	*daemon
	opts    backend.Options
	network *testcontainers.DockerNetwork
	chatter log.Logger // takes the output of testcontainers
	logFile io.Closer

	images   map[string]string     // program key to image id
	contents map[string]string     // program key to the digest of what its image was built from; empty: not known
	contexts map[string]builtImage // by [scenario.Build.String] of a Dockerfile's build
	cgroup   string                // version of the daemon's cgroups, "1" or "2"

	mu     sync.Mutex
	known  map[string]string // facts
	warned map[string]bool   // the daemon's warnings about containers

	// life ends when the backend is closed. It ends what follows containers.
	life context.Context
	end  context.CancelFunc
}

func open(ctx context.Context, d *daemon, o backend.Options) (backend.Backend, error) {
	if err := setUpTestcontainers(d.client.DaemonHost(), o.Session); err != nil {
		return nil, err
	}
	file, err := logfile.Create(filepath.Join(o.Logs, "testcontainers.log"))
	if err != nil {
		return nil, err
	}
	f := logfile.Redacting(file, o.Scenario)
	b := &docker{
		daemon: d, opts: o,
		chatter: stdlog.New(f, "", stdlog.LstdFlags), logFile: f,
		images: map[string]string{}, contents: map[string]string{}, contexts: map[string]builtImage{},
		known: map[string]string{}, warned: map[string]bool{},
	}
	b.life, b.end = context.WithCancel(context.WithoutCancel(ctx))
	if err := b.open(ctx, o.Scenario.Limits); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (d *docker) open(ctx context.Context, limits scenario.Limits) (err error) {
	info, err := d.client.Info(ctx, client.InfoOptions{})
	if err != nil {
		return fmt.Errorf("docker: %w", err)
	}
	if float64(limits.CPUs) > float64(info.Info.NCPU) {
		return backend.TooManyCPUs(limits.CPUs, info.Info.NCPU)
	}
	able := abilitiesOf(info.Info)
	if err := checkLimits(able, limits); err != nil {
		return err // now, and not after minutes of filling the database
	}
	d.cgroup = info.Info.CgroupVersion
	d.known = map[string]string{
		"docker.version": d.version.Version,
		"docker.api":     d.client.ClientVersion(),
		"docker.host":    d.client.DaemonHost(),
		"docker.storage": info.Info.Driver,
		"docker.cgroup":  info.Info.CgroupVersion,
		"kernel":         info.Info.KernelVersion,
	}
	maps.Copy(d.known, limitFacts(able, limits))
	if open := exposure(d.client.DaemonHost()); open != "" {
		d.known["docker.ports"] = open
		d.opts.Say(open)
	}
	d.network, err = tcnetwork.New(ctx, tcnetwork.WithLabels(d.labels()))
	if err != nil {
		return fmt.Errorf("docker: create network: %w", err)
	}
	return nil
}

func (d *docker) Capabilities() backend.Capabilities {
	can := capabilities
	can.ChargesCaches = d.cgroup == "1"
	return can
}

func (d *docker) labels() map[string]string { return map[string]string{sessionLabel: d.opts.Session} }

// named is the name of a program's container, such as memproof-variant-before-f79897. It
// ends in the random part of the session's id, so that two runs do not collide.
func (d *docker) named(program string) string {
	return "memproof-" + program + "-" + d.opts.Session[strings.LastIndex(d.opts.Session, "-")+1:]
}

func (d *docker) Port(want int) (int, error) { return want, nil }

func (d *docker) ListenHost() string { return "" }

// FilesDir is a directory of the container, for files without a path.
func (d *docker) FilesDir(string) (string, bool) { return "/memproof", false }

func (d *docker) Address(name string, port int) string {
	return net.JoinHostPort(name, strconv.Itoa(port))
}

func (d *docker) Facts() map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.known)
}

// Close stops following the containers. They are removed with the session.
func (d *docker) Close() error {
	d.end()
	return errors.Join(d.client.Close(), d.logFile.Close())
}

// confinement is what a container may not do, besides its limits.
const confinement = "no capabilities except for images, no new privileges, at most 4096 tasks"

// confine sets what a program's container may use. testcontainers calls it twice for a
// container, so it only assigns.
func (d *docker) confine(h *container.HostConfig, sp backend.Spec) {
	tasks := int64(4096)
	h.PidsLimit = &tasks
	h.SecurityOpt = []string{"no-new-privileges"}
	// Built programs and Postgres need no capability. Other images may.
	if sp.Build.Package != "" || sp.Name == leftovers.PostgresName {
		h.CapDrop = []string{"ALL"}
	}
	h.ReadonlyRootfs = sp.Build.Package != "" && len(sp.Files) == 0
	// The daemon's default driver may not be readable.
	h.LogConfig = container.LogConfig{Type: "json-file"}
	if d.cgroup == "2" { // in the host's namespace, /sys/fs/cgroup would be the whole machine's
		h.CgroupnsMode = container.CgroupnsModePrivate
	}
	if sp.Name == leftovers.PostgresName {
		h.ShmSize = postgresShm
	}
	if sp.Init {
		h.Init = &sp.Init
	}
	if l := sp.Limits; l != nil {
		h.NanoCPUs = int64(math.Round(float64(l.CPUs) * 1e9))
		h.CpusetCpus = l.CPUSet
		h.Memory, h.MemorySwap = int64(l.Memory), int64(l.Memory) // equal: no swap
	}
}
