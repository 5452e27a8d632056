package engine

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"
)

// publish adds the ports to the request, on the loopback where the daemon is
// on this machine.
func (d *docker) publish(req *testcontainers.ContainerRequest, ports []int) func(*container.HostConfig) {
	modify := req.HostConfigModifier
	var ip netip.Addr // unspecified: all addresses
	if isLocal(d.client.DaemonHost()) && !publishesElsewhere() {
		ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	bindings := network.PortMap{}
	for _, p := range ports {
		name := strconv.Itoa(p) + "/tcp"
		req.ExposedPorts = append(req.ExposedPorts, name)
		bindings[network.MustParsePort(name)] = []network.PortBinding{{HostIP: ip}}
	}
	return func(h *container.HostConfig) {
		modify(h)
		h.PortBindings = bindings
	}
}

// publishesElsewhere says whether a person told testcontainers to look for
// published ports at another address than the loopback's.
func publishesElsewhere() bool {
	host, set := os.LookupEnv("TESTCONTAINERS_HOST_OVERRIDE")
	return set && host != "127.0.0.1" && host != "localhost"
}

// readPorts asks where the ports were published. A container that has ended
// has none; the caller learns of its end by other ways.
func (r *running) readPorts(ctx context.Context, ports []int) error {
	for _, p := range ports {
		host, err := r.Host(ctx)
		if err != nil {
			return err
		}
		mapped, err := r.MappedPort(ctx, strconv.Itoa(p))
		if err != nil {
			select {
			case <-r.ended:
				return nil
			case <-time.After(2 * time.Second):
				return fmt.Errorf("port %d of the container: %w", p, err)
			}
		}
		r.ports[p] = net.JoinHostPort(host, mapped.Port())
	}
	return nil
}

func (r *running) endpoint(port int) string { return r.ports[port] }
