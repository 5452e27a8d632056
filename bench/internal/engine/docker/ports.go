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

// bindings are where ports are published: at free ports of the loopback where
// the daemon is on this machine, else of all addresses of its machine.
func (d *docker) bindings(ports []int) network.PortMap {
	var ip netip.Addr // unspecified: all addresses
	if publishesHere(d.client.DaemonHost()) {
		ip = loopbackAddr
	}
	all := network.PortMap{}
	for _, p := range ports {
		all[network.MustParsePort(strconv.Itoa(p)+"/tcp")] = []network.PortBinding{{HostIP: ip}}
	}
	return all
}

// publishesHere says whether the loopback will do for what is published: the
// daemon is on this machine, and nobody told testcontainers to look elsewhere.
func publishesHere(host string) bool {
	override, set := os.LookupEnv("TESTCONTAINERS_HOST_OVERRIDE")
	if set && override != "localhost" && !isLoopback(override) {
		return false
	}
	return isLocal(host)
}

// isLocal says whether the daemon's published ports are on this machine. A
// daemon that listens at the loopback is taken for one of this machine.
func isLocal(host string) bool {
	if strings.HasPrefix(host, "unix://") || strings.HasPrefix(host, "npipe://") {
		return true
	}
	u, err := url.Parse(host)
	return err == nil && (u.Hostname() == "localhost" || isLoopback(u.Hostname()))
}

func isLoopback(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && ip.IsLoopback()
}

// exposure says who can connect to what a run publishes; empty where nobody but
// this machine can.
func exposure(host string) string {
	if publishesHere(host) {
		return ""
	}
	return "the daemon at " + host + " is on another machine: ports of the variant, of what is beside it and of Postgres are open " +
		"on all addresses of that machine while the run lasts; keep others out with a firewall, or run memproof there"
}

// portsPatience is how long the daemon may take to name the published ports of
// a container that runs. Some tell of them a little after its start.
const portsPatience = 5 * time.Second

// readPorts asks where the ports were published. A container that has ended
// has none; the caller learns of its end by other ways.
func (r *running) readPorts(ctx context.Context, ports []int) error {
	ctx, cancel := context.WithTimeout(ctx, portsPatience)
	defer cancel()
	for {
		missing, err := r.lookForPorts(ctx, ports)
		if err == nil && missing == 0 {
			return nil
		}
		select {
		case <-r.ended:
			return nil
		case <-ctx.Done():
			if err == nil {
				err = fmt.Errorf("port %d of the container is not published after %v: see that the daemon can publish ports, as docker run -p does", missing, portsPatience)
			}
			return err
		case <-time.After(backend.PollEvery):
		}
	}
}

// lookForPorts asks once, and returns the first port that is not published yet, 0
// where all are.
func (r *running) lookForPorts(ctx context.Context, ports []int) (missing int, err error) {
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

// published is where a TCP port was; nil where it was not.
func published(all network.PortMap, port int) *network.PortBinding {
	for name, at := range all {
		if int(name.Num()) == port && name.Proto() == network.TCP && len(at) > 0 && at[0].HostPort != "" {
			return &at[0]
		}
	}
	return nil
}

// dialled is host:port as this process reaches a published port. What is bound
// to an address of the loopback is dialled there: the name localhost may be
// another program's ::1.
func (r *running) dialled(ctx context.Context, at network.PortBinding) (string, error) {
	if at.HostIP.IsLoopback() {
		return net.JoinHostPort(at.HostIP.String(), at.HostPort), nil
	}
	host, err := r.Host(ctx)
	return net.JoinHostPort(host, at.HostPort), err
}

func (r *running) Endpoint(port int) string { return r.ports[port] }
