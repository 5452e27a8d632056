package gateway

import (
	"strings"
	"testing"
)

func lookupIn(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := vars[name]
		return value, ok
	}
}

func TestEnvironment(t *testing.T) {
	env, err := readEnvironment(lookupIn(map[string]string{
		"DATABASE_URL": "postgres://user@db/gateway", "AI_URL": "https://upstream:8443", "GUNICORN_WORKERS": "3",
		"GOMAXPROCS": "2", "GATEWAY_PPROF": "6060",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if env.pool != nil || env.gcTrace || env.exitMemory || env.preload {
		t.Errorf("further advice is followed that was not asked for: %+v", env)
	}
	if env.workers != 3 || env.bind != "0.0.0.0:8000" || env.upstream.Host != "upstream:8443" || env.pprofPort != 6060 {
		t.Errorf("read as %+v", env)
	}
}

func TestEnvironmentNamesTheWrongVariable(t *testing.T) {
	for _, c := range []struct{ name, value string }{
		{"DATABASE_URL", ""}, {"DATABASE_URL", "postgres://db:port/x"}, {"DATABASE_URL", "no such thing"},
		{"AI_URL", ""}, {"AI_URL", "upstream:8443"}, {"AI_URL", "http://upstream:8443"}, {"AI_URL", "https://"},
		{"AI_CA_PEM", "/etc/ca.pem"}, {"AI_CA_PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"},
		{"GUNICORN_WORKERS", "0"}, {"GUNICORN_WORKERS", "-1"}, {"GUNICORN_WORKERS", "many"}, {"GUNICORN_WORKERS", "100000"},
		{"GUNICORN_BIND", "8000"}, {"GUNICORN_BIND", "0.0.0.0:http"}, {"GUNICORN_BIND", "0.0.0.0:70000"},
		{"GATEWAY_POOL", "5"}, {"GATEWAY_GC_TRACE", "on"}, {"GATEWAY_EXIT_MEMORY", "2"}, {"GATEWAY_PRELOAD", "yes"},
		{"GATEWAY_PPROF", "on"}, {"GOMAXPROCS", "0.5"}, {"GOMAXPROCS", "two"},
	} {
		vars := map[string]string{"DATABASE_URL": "postgres://db/gateway", "AI_URL": "https://upstream:8443"}
		vars[c.name] = c.value
		_, err := readEnvironment(lookupIn(vars))
		if err == nil || !strings.HasPrefix(err.Error(), c.name) {
			t.Errorf("%s=%q gives %v, want an error that begins with the variable's name", c.name, c.value, err)
		}
	}
}

func TestEnvironmentHidesThePassword(t *testing.T) {
	_, err := readEnvironment(lookupIn(map[string]string{"DATABASE_URL": "postgres://u:hunter2@db:port/x"}))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v, want an error without the password", err)
	}
}
