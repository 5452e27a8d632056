package docker

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

var loopbackAddr = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// bindings publish ports at free ports: of the loopback where the daemon is on this
// machine, else of all addresses of its machine.
func bindings(daemon string, ports []int) network.PortMap {
	var ip netip.Addr // unspecified: all addresses
	if isLoopback(publishedHost(daemon)) {
		ip = loopbackAddr
	}
	all := network.PortMap{}
	for _, p := range ports {
		all[tcpPort(p)] = []network.PortBinding{{HostIP: ip}}
	}
	return all
}

func tcpPort(p int) network.Port { return network.MustParsePort(strconv.Itoa(p) + "/tcp") }

// publishedHost is the host under which this process reaches the ports that a daemon
// publishes. A daemon at the loopback counts as one of this machine. A program in a
// container, with the socket of its own daemon, sets the variable, as Testcontainers
// has it do.
func publishedHost(daemon string) string {
	u, err := url.Parse(daemon)
	if err != nil { // the path of a socket
		u = &url.URL{}
	}
	return cmp.Or(os.Getenv("TESTCONTAINERS_HOST_OVERRIDE"), u.Hostname(), "localhost")
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// exposure is a warning that other machines can connect to the published ports of a
// run; empty where only this machine can.
func exposure(daemon string) string {
	if isLoopback(publishedHost(daemon)) {
		return ""
	}
	return "the daemon at " + daemon + " is on another machine: the ports of variants, sidecars and Postgres are open " +
		"on all addresses of that machine during the run; block them with a firewall, or run memproof there"
}

// portsPatience is how long the daemon may take to list the published ports of a
// running container. Some list them a little after its start.
const portsPatience = 5 * time.Second

// readPorts sets the endpoints of a container. A container that has ended has none,
// which is no error.
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
				err = fmt.Errorf("port %d of the container is not published after %v: check that the daemon can publish ports, as docker run -p does", missing, portsPatience)
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
	i, err := r.client.ContainerInspect(ctx, r.id, client.ContainerInspectOptions{})
	if err != nil {
		return 0, err
	}
	for _, p := range ports {
		if r.endpoints[p] = endpoint(i.Container.NetworkSettings.Ports[tcpPort(p)], r.client.DaemonHost()); r.endpoints[p] == "" {
			return p, nil
		}
	}
	return 0, nil
}

// endpoint is host:port of a published port as this process reaches it; empty where it
// is not published. What is bound to the loopback is reached by its address: the name
// localhost may be another program's ::1.
func endpoint(at []network.PortBinding, daemon string) string {
	switch {
	case len(at) == 0 || at[0].HostPort == "":
		return ""
	case at[0].HostIP.IsLoopback():
		return net.JoinHostPort(at[0].HostIP.String(), at[0].HostPort)
	}
	return net.JoinHostPort(publishedHost(daemon), at[0].HostPort)
}

func (r *running) Endpoint(port int) string { return r.endpoints[port] }
