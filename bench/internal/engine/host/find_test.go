package host

import (
	"errors"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/doctor"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/scenario"
)

func TestCheckPostgres(t *testing.T) {
	bare := errors.New("no Postgres on PATH")
	taken, unasked := backend.Standing{Asked: true}, backend.Standing{}
	other := backend.Standing{Asked: true, Instead: &backend.Engine{Name: "docker"}}
	for _, tt := range []struct {
		name   string
		err    error
		needed bool
		s      backend.Standing
		state  doctor.State
		says   string
	}{
		{"there", nil, true, taken, doctor.StateOK, "/usr/lib/postgresql/15/bin"},
		{"docker brings its own", bare, true, other, doctor.StateOK, "the docker engine brings its own"},
		{"not asked for", bare, true, unasked, doctor.StateOK, "is not asked for"},
		{"none", bare, true, taken, doctor.StateFail, "apt-get install postgresql"},
		{"none, with the reason", bare, true, taken, doctor.StateFail, "no Postgres on PATH"},
		{"no database", nil, false, taken, doctor.StateOK, "has no use for a database"},
	} {
		c := checkPostgres("/usr/lib/postgresql/15/bin", tt.err, tt.needed, tt.s)
		if all := c.Found + "; " + c.Means + "; " + c.Remedy; c.State != tt.state || !strings.Contains(all, tt.says) {
			t.Errorf("%s: %+v, want %s and %q", tt.name, c, tt.state, tt.says)
		}
		if (c.State == doctor.StateOK) != (c.Remedy == "") {
			t.Errorf("%s: %+v: only a line that is not ok has a remedy", tt.name, c)
		}
	}
}

func TestRefuses(t *testing.T) {
	pkg, command := scenario.Build{Package: "./a"}, []string{"nginx"}
	for _, tt := range []struct {
		name    string
		variant scenario.Variant
		sidecar scenario.Sidecar
		want    bool
	}{
		{"a package", scenario.Variant{Build: pkg}, scenario.Sidecar{Build: pkg}, true},
		{"an image with a command", scenario.Variant{Image: "x", Command: command}, scenario.Sidecar{Command: command}, true},
		{"an image", scenario.Variant{Image: "x"}, scenario.Sidecar{Build: pkg}, false},
		{"a Dockerfile", scenario.Variant{Build: scenario.Build{Context: "."}}, scenario.Sidecar{Build: pkg}, false},
		{"the image of a sidecar", scenario.Variant{Build: pkg}, scenario.Sidecar{Image: "redis"}, false},
		{"a user", scenario.Variant{Build: pkg, User: "nobody"}, scenario.Sidecar{Build: pkg}, false},
	} {
		sc := &scenario.Scenario{Variants: []scenario.Variant{tt.variant}, Sidecars: []scenario.Sidecar{tt.sidecar}}
		if err := refuses(sc); (err == nil) != tt.want {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
