package gateway

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestParseSettings(t *testing.T) {
	got, err := parseSettings("f", "# the settings\n\nGUNICORN_WORKERS=4\r\n  GATEWAY_POOL=size=5,overflow=10 \n#GUNICORN_BIND=x\nAI_URL=")
	want := map[string]setting{"GUNICORN_WORKERS": {"4", 3}, "GATEWAY_POOL": {"size=5,overflow=10", 4}, "AI_URL": {"", 6}}
	if err != nil || !maps.Equal(got.set, want) {
		t.Errorf("got %+v, %v, want %+v", got.set, err, want)
	}
}

func TestParseSettingsRefuses(t *testing.T) {
	for _, c := range []struct{ text, says string }{
		{"GUNICORN_WORKERS", "f:1: want NAME=VALUE"},
		{"\n\nGUNICORN_WORKERS 4", "f:3: want NAME=VALUE"},
		{"workers = 4", `f:1: "workers ": want one of GUNICORN_WORKERS, `},
		{"export GUNICORN_WORKERS=4", `f:1: "export GUNICORN_WORKERS": want one of`},
		{"\ufeffGUNICORN_WORKERS=4", `f:1: "\ufeffGUNICORN_WORKERS": want one of`},
		{"=4", `f:1: "": want one of`},
		{"GUNICORN_WORKERS=4\nGUNICORN_WORKERS=4", "f:2: GUNICORN_WORKERS is set in line 1 already"},
		{"GUNICORN_WORKERS= 4", "f:1: GUNICORN_WORKERS: want its value right behind the ="},
		{"AI_URL=https://a\x00b", "f:1: AI_URL: want its value"},
		{"AI_URL=https://a\xffb", "f:1: AI_URL: want its value"},
		{"#\nDATABASE_URL=postgres://u:hunter2@db/x", "f:2: DATABASE_URL can't be set here, only in the environment: the scheduler"},
		{"GATEWAY_CONFIG=g", "f:1: GATEWAY_CONFIG can't"}, {"GOMAXPROCS=2", "f:1: GOMAXPROCS can't"},
		{"AI_CA_PEM=x", "f:1: AI_CA_PEM can't"}, {"GATEWAY_PPROF=1", "f:1: GATEWAY_PPROF can't"}, {"GATEWAY_PRELOAD=1", "f:1: GATEWAY_PRELOAD can't"},
		{strings.Repeat("#", maxSettings+1), "f: want at most 65536 bytes"},
	} {
		got, err := parseSettings("f", c.text)
		if err == nil || !strings.HasPrefix(err.Error(), c.says) || got.set != nil {
			t.Errorf("%.50q: got %+v, %v, want an error that begins with %q", c.text, got, err, c.says)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error tells a password: %v", err)
		}
	}
}

// TestEveryVariableIsSettableOrNot: one that is added to the environment must be decided on.
func TestEveryVariableIsSettableOrNot(t *testing.T) {
	_, err := readEnvironment(func(name string) (string, bool) {
		_, refused := unsettable[name]
		if allowed := slices.Contains(settable, name); allowed == refused {
			t.Errorf("%s: settable is %v, unsettable %v", name, allowed, refused)
		}
		return map[string]string{"DATABASE_URL": "postgres://db/x", "AI_URL": "https://h"}[name], true
	})
	if err != nil {
		t.Error(err)
	}
}

func FuzzParseSettings(f *testing.F) {
	for _, seed := range []string{
		"# the settings\n\nGUNICORN_WORKERS=4\r\nGATEWAY_POOL=size=5,overflow=10\n", "GUNICORN_BIND=\nGUNICORN_BIND=", "=", "AI_URL", "\x00",
		"DATABASE_URL=x", "GATEWAY_GC_TRACE=\u2028", "\ufeff#", "\r", "AI_URL=a=b#c",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseSettings("f", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") || s.set != nil {
				t.Errorf("%q gives %+v and %v", text, s, err)
			}
			return
		}
		lines := strings.Split(text, "\n")
		for name, own := range s.set {
			if strings.TrimSpace(lines[own.line-1]) != name+"="+own.value || strings.Contains(own.value, "\x00") {
				t.Errorf("%q: %s is %q in line %d", text, name, own.value, own.line)
			}
		}
	})
}

// TestReadSettingsWantsAFile: the master waits while it reads, so nothing may be read that doesn't end.
func TestReadSettingsWantsAFile(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		pipe: "no regular file", dir: "no regular file", "/dev/zero": "no regular file", filepath.Join(dir, "none"): "no such file",
	} {
		if got, err := readSettings(path); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %+v, %v, want an error with %q", path, got, err, says)
		}
	}
}

// fileOrigin is a master's origin with a settings file, and the function that writes it.
func fileOrigin(t *testing.T, environ ...string) (origin, func(string)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gateway.conf")
	environ = append(environ, "DATABASE_URL=postgres://db/x", "AI_URL=https://given", configVariable+"="+path)
	for _, name := range append([]string{goDebug, configVariable}, settable...) {
		t.Setenv(name, os.Getenv(name)) // put back what pass and traceGC change
	}
	return newOrigin(Config{CPUPlus1, Recycle500Or1800s, SchedulerMaster, ClientPooled, false}, environ), func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReload: what the file says wins, what it says no longer is again as it was given, and children get the same.
func TestReload(t *testing.T) {
	o, write := fileOrigin(t, "GUNICORN_WORKERS=2", "GATEWAY_POOL=size=3", "GODEBUG=panicnil=1")
	for _, c := range []struct {
		file                string
		workers             int
		pool, debug, origin string
		exits               bool
	}{
		{"", 2, "size=3", "panicnil=1", "https://given", false},
		{"GUNICORN_WORKERS=7\nGATEWAY_POOL=size=4\nAI_URL=https://file\n", 7, "size=4", "panicnil=1", "https://file", false},
		{"GATEWAY_GC_TRACE=true\nGATEWAY_EXIT_MEMORY=1\nGATEWAY_POOL=\n", 2, "", "panicnil=1,gctrace=1", "https://given", true},
		{"# nothing", 2, "size=3", "panicnil=1", "https://given", false},
	} {
		write(c.file)
		opts, err := o.reload()
		if err != nil {
			t.Fatal(err)
		}
		if opts.Workers != c.workers || (opts.WorkerExit != nil) != c.exits || opts.Reload == nil {
			t.Errorf("%q gives %+v, want %d workers, exits told: %v", c.file, opts, c.workers, c.exits)
		}
		for name, want := range map[string]string{"GATEWAY_POOL": c.pool, "GODEBUG": c.debug, "AI_URL": c.origin, configVariable: ""} {
			if got := os.Getenv(name); got != want {
				t.Errorf("%q passes %s=%s on, want %s", c.file, name, got, want)
			}
		}
		child := newOrigin(o.config, append(os.Environ(), "DATABASE_URL=postgres://db/x"))
		if _, opts, _, err := child.load(); err != nil || opts.Workers != c.workers || opts.Reload != nil {
			t.Errorf("%q: a child reads %+v, %v", c.file, opts, err)
		}
	}
}

// TestReloadThatFailsPassesNothingOn, and names the line.
func TestReloadThatFailsPassesNothingOn(t *testing.T) {
	o, write := fileOrigin(t, "GATEWAY_POOL=size=3")
	write("GATEWAY_POOL=size=4")
	if _, err := o.reload(); err != nil {
		t.Fatal(err)
	}
	for text, says := range map[string]string{
		"GATEWAY_POOL=size=9\n\nGUNICORN_WORKERS=many": `:3: GUNICORN_WORKERS: "many" is not a whole number from 1 to 512`,
		"GATEWAY_POOL=size=9\nAI_URL=":                 "AI_URL: not set",
		"GATEWAY_POOL=size=9\nworkers=4":               `:2: "workers": want one of`,
	} {
		write(text)
		if _, err := o.reload(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want an error with %q", text, err, says)
		}
		if got := os.Getenv("GATEWAY_POOL"); got != "size=4" {
			t.Errorf("%q: the pool is %s after a reload that failed", text, got)
		}
	}
}
