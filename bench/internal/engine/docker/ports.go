package docker

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

var loopbackAddr = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// bindings publish ports at free ports: of the loopback where the daemon is on this
// machine, else of all addresses of its machine.
func (d *docker) bindings(ports []int) network.PortMap {
	var ip netip.Addr // unspecified: all addresses
	if publishesHere(d.client.DaemonHost()) {
		ip = loopbackAddr
	}
	all := network.PortMap{}
	for _, p := range ports {
		all[tcpPort(p)] = []network.PortBinding{{HostIP: ip}}
	}
	return all
}

func tcpPort(p int) network.Port { return network.MustParsePort(strconv.Itoa(p) + "/tcp") }

// publishesHere reports whether published ports are reached at the loopback: the daemon
// is on this machine, and testcontainers is not set to another host.
func publishesHere(host string) bool {
	override, set := os.LookupEnv("TESTCONTAINERS_HOST_OVERRIDE")
	return isLocal(host) && (!set || isLoopback(override))
}

// isLocal reports whether the daemon's published ports are on this machine. A daemon at
// the loopback counts as one of this machine.
func isLocal(host string) bool {
	if strings.HasPrefix(host, "unix://") || strings.HasPrefix(host, "npipe://") {
		return true
	}
	u, err := url.Parse(host)
	return err == nil && isLoopback(u.Hostname())
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// exposure is a warning that other machines can connect to the published ports of a
// run; empty where only this machine can.
func exposure(host string) string {
	if publishesHere(host) {
		return ""
	}
	return "the daemon at " + host + " is on another machine: the ports of variants, sidecars and Postgres are open " +
		"on all addresses of that machine during the run; block them with a firewall, or run memproof there"
}

// portsPatience is how long the daemon may take to list the published ports of a
// running container. Some list them a little after its start.
const portsPatience = 5 * time.Second

// readPorts sets the container's endpoints. A container that has ended has none, which
// is not an error.
func (r *running) readPorts(ctx context.Context, ports []int) error {
	ctx, cancel := context.WithTimeout(ctx, portsPatience)
	defer cancel()
	for {
		missing, err := r.readEndpoints(ctx, ports)
		if err == nil && missing == 0 {
			return nil
		}
		select {
		case <-r.ended:
			return nil
		case <-ctx.Done():
			if err == nil {
				err = fmt.Errorf("port %d of the container is not published after %v: check that the daemon can publish ports, "+
					"as docker run -p does", missing, portsPatience)
			}
			return err
		case <-time.After(backend.PollEvery):
		}
	}
}

// readEndpoints asks the daemon once, and returns the first port that is not published
// yet, 0 where all are.
func (r *running) readEndpoints(ctx context.Context, ports []int) (missing int, err error) {
	if len(ports) == 0 {
		return 0, nil
	}
	i, err := r.client.ContainerInspect(ctx, r.ID, client.ContainerInspectOptions{})
	if err != nil {
		return 0, err
	}
	for _, p := range ports {
		at := published(i.Container.NetworkSettings.Ports, p)
		if at == nil {
			return p, nil
		}
		if r.ports[p], err = r.dialled(ctx, *at); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// published is where a TCP port is published; nil: it is not.
func published(all network.PortMap, port int) *network.PortBinding {
	if at := all[tcpPort(port)]; len(at) > 0 && at[0].HostPort != "" {
		return &at[0]
	}
	return nil
}

// dialled is host:port of a published port as this process reaches it. A port of the
// loopback is reached by its address: the name localhost may be another program's ::1.
func (r *running) dialled(ctx context.Context, at network.PortBinding) (string, error) {
	if at.HostIP.IsLoopback() {
		return net.JoinHostPort(at.HostIP.String(), at.HostPort), nil
	}
	host, err := r.Host(ctx)
	return net.JoinHostPort(host, at.HostPort), err
}

func (r *running) Endpoint(port int) string { return r.ports[port] }
