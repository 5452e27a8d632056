package engine

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// shellScenario has one variant, a line of shell: in a container by a Dockerfile, on
// the host by a command.
func shellScenario(t *testing.T, script, more string) *scenario.Scenario {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "words.conf"), []byte("port ${port} of ${unknown}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	sc, err := scenario.Inputs{Dir: dir}.ParseScenario("shell.yaml", []byte(`
name: shell
variants:
  - name: shell
    build: {context: ./bench/testdata/engine/shell}
    args: ["`+script+`"]
    command: [sh, -c, "`+script+`"]
`+more+`
load:
  target: {path: /}
  phases: [{name: window, rate: 10/s, for: 1s, measure: true}]
blocks: 2
`))
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// What a service may do that was not written for the engine, and the error of it.
func TestServicesThatDoNotStart(t *testing.T) {
	onEach(t, func(t *testing.T, kind Name) {
		for _, tt := range []struct{ name, script, more, want string }{
			{"forks away", "sleep 60 & exit 0", "ready: {within: 20s}", "exited with status 0 before it was ready: it must stay in the foreground"},
			{"ends", "echo no terminal here >&2; exit 3", "", "exited with status 3 before it was ready; its last lines:\n  no terminal here"},
			{"forks away, ready before", "echo up; sleep 60 & exit 0", "ready: {log: up, within: 20s}", "it must stay in the foreground"},
			{"reads a terminal", "cat", "ready: {within: 20s}", "it has no terminal and no input to read"},
			{"does not listen", "sleep 60", "ready: {within: 1500ms}", "not ready within 1.5s; the last answer: "},
			{"accepts no connection", "sleep 60", "ready: {tcp: true, within: 1500ms}", "not ready within 1.5s; the last answer: "},
			{"answers 500 to everything", `perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalPort => shift, Listen => 9, ReuseAddr => 1) or die; ` +
				`while ($c = $s->accept) { sysread $c, $r, 4096; print $c qq(HTTP/1.0 500 No\\r\\n\\r\\nno table called orders); close $c }' ${port}`,
				"ready: {within: 4s}", "500 No: no table called orders"},
			{"too few workers", "echo worker up; sleep 60", "ready: {log: worker up, times: 2, within: 1500ms}", `1 of 2 lines of its log hold "worker up"`},
		} {
			t.Run(tt.name, func(t *testing.T) {
				s := open(t, kind, shellScenario(t, tt.script, tt.more+"\nstop: {grace: 1s} # the first process of a container ignores TERM"))
				startFails(t, t.Context(), s, "shell", `variant "shell": start: `, tt.want)
			})
		}
	})
}

// A daemon that has left its parent, its session and its environment is ended too:
// nginx writes its title for ps over its environment.
func TestShellServiceThatHides(t *testing.T) {
	onEach(t, func(t *testing.T, kind Name) {
		hidden := map[Name]string{Docker: "61.75309", Host: "61.75310"}[kind] // both run at once
		s := open(t, kind, shellScenario(t, "env -i setsid sleep "+hidden+" & sleep 1; exit 0", "ready: {within: 20s}"))
		startFails(t, t.Context(), s, "shell", "it must stay in the foreground")
		for _, pid := range withArgument(t, hidden) {
			t.Errorf("process %s is left", pid)
		}
	})
}

// withArgument lists the processes of the machine that have it.
func withArgument(t *testing.T, argument string) (pids []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err == nil && slices.Contains(strings.Split(string(line), "\x00"), argument) {
			pids = append(pids, filepath.Base(filepath.Dir(file)))
		}
	}
	return pids
}

// It is ready by its log, finds its file with the port in it, ends at its own signal,
// and has no Postgres that the scenario does not ask for.
func TestShellService(t *testing.T) {
	const script = "trap 'exit 7' USR1; cat ${files}/words.conf; echo worker up; echo worker up; while :; do sleep 0.1; done"
	onEach(t, func(t *testing.T, kind Name) {
		s := open(t, kind, shellScenario(t, script,
			"files: {words.conf: ''}\nready: {log: worker up, times: 2}\nstop: {signal: USR1, grace: 5s}"))
		dir := t.TempDir()
		subject, err := s.Start(t.Context(), plan(s, "shell", dir))
		if err != nil {
			t.Fatal(err)
		}
		exit, err := subject.Stop(t.Context())
		if err != nil || exit.Code != 7 || exit.Unasked {
			t.Errorf("it ended %+v, %v, want status 7 by USR1", exit, err)
		}
		log, err := os.ReadFile(filepath.Join(dir, record.VariantLog))
		if err != nil || strings.Contains(string(log), "${port}") || !strings.Contains(string(log), " of ${unknown}") {
			t.Errorf("its file is not what it should be: %v\n%s", err, log)
		}
		if facts := s.Facts(); !strings.HasPrefix(facts["postgres"], "none") {
			t.Errorf("Postgres is %q", facts["postgres"])
		}
	})
}

// Each trial starts in a directory without files of the last one.
func TestShellServiceBeginsAfresh(t *testing.T) {
	onEach(t, func(t *testing.T, kind Name) {
		s := open(t, kind, shellScenario(t, "test ! -e left && touch left && echo clean; sleep 60", "ready: {log: clean, within: 10s}\nstop: {grace: 1s}"))
		for range 2 {
			subject, err := s.Start(t.Context(), plan(s, "shell", t.TempDir()))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := subject.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestShellServiceAsUser(t *testing.T) {
	onEach(t, func(t *testing.T, kind Name) {
		sc := shellScenario(t, "id -un; sleep 60", "ready: {log: nobody, within: 10s}\nstop: {grace: 1s}")
		sc.Variants[0].User = "nobody"
		if kind == Host {
			openFails(t, kind, sc, []string{`variant "shell": user nobody: the host engine starts programs as the user who runs memproof`})
			return
		}
		s := open(t, kind, sc)
		subject, err := s.Start(t.Context(), plan(s, "shell", t.TempDir()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := subject.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// KILL is sent at once, without a signal before it that the service would ignore.
func TestShellServiceKilled(t *testing.T) {
	onEach(t, func(t *testing.T, kind Name) {
		s := open(t, kind, shellScenario(t, "trap 'echo asked' TERM; echo up; while :; do sleep 0.1; done",
			"ready: {log: up, within: 20s}\nstop: {signal: KILL}"))
		dir := t.TempDir()
		subject, err := s.Start(t.Context(), plan(s, "shell", dir))
		if err != nil {
			t.Fatal(err)
		}
		exit, err := subject.Stop(t.Context())
		if err != nil || exit.Signal != 9 || exit.Unasked || exit.OOMKilled {
			t.Errorf("it ended %+v, %v, want signal 9", exit, err)
		}
		if log, err := os.ReadFile(filepath.Join(dir, record.VariantLog)); err != nil || strings.Contains(string(log), "asked") {
			t.Errorf("it was sent another signal before: %v\n%s", err, log)
		}
	})
}

// Below an init a program that handles no signal ends at TERM; as the first
// process of a container it would not. On the host it does anyway.
func TestShellServiceBelowInit(t *testing.T) {
	onEach(t, func(t *testing.T, kind Name) {
		s := open(t, kind, shellScenario(t, "test $$ -ne 1 && echo no first process; exec sleep 600",
			"ready: {log: no first process, within: 20s}\ninit: true"))
		subject, err := s.Start(t.Context(), plan(s, "shell", t.TempDir()))
		if err != nil {
			t.Fatal(err)
		}
		exit, err := subject.Stop(t.Context())
		if err != nil || exit.Unasked || exit.Signal != 15 {
			t.Errorf("it ended %+v, %v, want signal 15", exit, err)
		}
		if _, said := s.Facts()["init"]; said != (kind == Host) {
			t.Errorf("the facts say %q of init", s.Facts()["init"])
		}
	})
}
