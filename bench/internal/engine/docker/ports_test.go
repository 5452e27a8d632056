package docker

import (
	"net/netip"
	"testing"
	"time"

	"github.com/moby/moby/api/types/network"
)

// Published ports are open to this machine only, or else exposure is a warning.
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
				t.Errorf("%q, want a warning: %t", got, tt.open)
			}
		})
	}
}

// A port that is bound to 127.0.0.1 is dialled there, whatever else listens at localhost.
func TestDialled(t *testing.T) {
	at := network.PortBinding{HostIP: netip.MustParseAddr("127.0.0.1"), HostPort: "32768"}
	if got, err := (&running{}).dialled(t.Context(), at); err != nil || got != "127.0.0.1:32768" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestPublished(t *testing.T) {
	tcp, udp := network.MustParsePort("53/tcp"), network.MustParsePort("53/udp")
	at := func(port string) []network.PortBinding {
		return []network.PortBinding{{HostIP: loopbackAddr, HostPort: port}}
	}
	for _, tt := range []struct {
		name string
		all  network.PortMap
		want string // empty: not published
	}{
		{"not yet", network.PortMap{}, ""},
		{"exposed alone", network.PortMap{tcp: nil}, ""},
		{"without a number", network.PortMap{tcp: at("")}, ""},
		{"of another protocol", network.PortMap{udp: at("1")}, ""},
		{"published", network.PortMap{udp: at("1"), tcp: at("2")}, "2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if b := published(tt.all, 53); b != nil {
				got = b.HostPort
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// A grace of less than a second does not become 0, which kills at once.
func TestWholeSeconds(t *testing.T) {
	for d, want := range map[time.Duration]int{0: 0, time.Millisecond: 1, 900 * time.Millisecond: 1, time.Second: 1, 1001 * time.Millisecond: 2, 45 * time.Second: 45} {
		if got := wholeSeconds(d); got != want {
			t.Errorf("%v is %d s, want %d", d, got, want)
		}
	}
}
