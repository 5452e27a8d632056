package docker

import (
	"net/netip"
	"testing"
	"time"

	"github.com/moby/moby/api/types/network"
)

// What is published is open to this machine alone wherever the daemon is here,
// and where it is not, that is said.
func TestExposure(t *testing.T) {
	for _, tt := range []struct {
		host, override string
		open           bool
	}{
		{"unix:///var/run/docker.sock", "", false},
		{"npipe:////./pipe/docker_engine", "", false},
		{"tcp://127.0.0.1:2375", "", false},
		{"tcp://[::1]:2375", "", false},
		{"tcp://localhost:2375", "", false},
		{"tcp://192.0.2.7:2376", "", true},
		{"tcp://localhost.example.com:2376", "", true},
		{"tcp://[2001:db8::7]:2376", "", true},
		{"ssh://me@build.example.com", "", true},
		{"unix:///var/run/docker.sock", "127.0.0.1", false},
		{"unix:///var/run/docker.sock", "localhost", false},
		{"unix:///var/run/docker.sock", "host.docker.internal", true},
	} {
		t.Run(tt.host+" "+tt.override, func(t *testing.T) {
			if tt.override != "" {
				t.Setenv("TESTCONTAINERS_HOST_OVERRIDE", tt.override)
			}
			if got := exposure(tt.host); (got != "") != tt.open {
				t.Errorf("said is %q, want something: %t", got, tt.open)
			}
		})
	}
}

// A port that is bound to 127.0.0.1 is dialled there, whatever else listens at localhost.
func TestEndpoint(t *testing.T) {
	at := func(ip netip.Addr, port string) []network.PortBinding {
		return []network.PortBinding{{HostIP: ip, HostPort: port}}
	}
	for _, tt := range []struct {
		name   string
		at     []network.PortBinding
		daemon string
		want   string // empty: not published
	}{
		{"not yet", nil, "", ""},
		{"without a number", at(loopbackAddr, ""), "", ""},
		{"on the loopback", at(loopbackAddr, "32768"), "unix:///run/docker.sock", "127.0.0.1:32768"},
		{"without an address", at(netip.Addr{}, "1"), "unix:///run/docker.sock", "localhost:1"},
		{"elsewhere", at(netip.IPv4Unspecified(), "1"), "tcp://build.example.com:2376", "build.example.com:1"},
	} {
		if got := endpoint(tt.at, tt.daemon); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A grace of less than a second is no order to kill at once.
func TestWholeSeconds(t *testing.T) {
	for d, want := range map[time.Duration]int{0: 0, time.Millisecond: 1, 900 * time.Millisecond: 1, time.Second: 1, 1001 * time.Millisecond: 2, 45 * time.Second: 45} {
		if got := wholeSeconds(d); got != want {
			t.Errorf("%v is %d s, want %d", d, got, want)
		}
	}
}
