package engine

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/engine/docker"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/memproof/memproof/bench/internal/engine/postgres"
	"github.com/moby/moby/client"
)

// The watchdog of a harness that was killed cleans up.
func TestKilled(t *testing.T) {
	onEach(t, func(t *testing.T, kind Name) {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), harnessEnv+"="+string(kind))
		e := runHarness(t, kind, cmd)
		if left := remains(t, e); len(left) < 3 {
			t.Errorf("the harness runs, but has only %q", left)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // says that it was killed
		eventuallyNothing(t, e)
	})
}

// runHarness starts a harness and waits until its variant is ready.
func runHarness(t *testing.T, kind Name, cmd *exec.Cmd) leftovers.Leftovers {
	t.Helper()
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal("the harness ended: ", err)
	}
	session, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
	t.Cleanup(func() { os.RemoveAll(dir) })
	return leftBy(t, kind, session)
}

// leftBy is where a session of that kind leaves things.
func leftBy(t *testing.T, kind Name, session string) leftovers.Leftovers {
	t.Helper()
	l := leftovers.Leftovers{Session: session}
	if kind == Docker {
		l.Places = map[string]string{docker.Engine.Place.Name: docker.Engine.Place.Here(t.Context())}
	}
	return l
}

// What ended sessions left is removed, and nothing of sessions that run.
func TestRemoveAbandoned(t *testing.T) {
	onEach(t, func(t *testing.T, kind Name) {
		dead, alive, elsewhere := leftBy(t, kind, deadSession(t)), leftBy(t, kind, leftovers.NewSession()), leftBy(t, kind, sessionElsewhere(t))
		for _, e := range []leftovers.Leftovers{dead, alive, elsewhere} {
			litter(t, e)
			t.Cleanup(func() {
				if err := places.Remove(context.WithoutCancel(t.Context()), e); err != nil {
					t.Error(err)
				}
			})
		}
		var said []string
		if err := places.RemoveAbandoned(t.Context(), leftBy(t, kind, leftovers.NewSession()), func(line string) { said = append(said, line) }); err != nil {
			t.Fatal(err)
		}
		if left := remains(t, dead); len(left) > 0 {
			t.Errorf("left of the ended session: %q", left)
		}
		if !slices.ContainsFunc(said, func(line string) bool { return strings.Contains(line, dead.Session) }) {
			t.Errorf("it reported %q, and nothing of session %s", said, dead.Session)
		}
		for name, e := range map[string]leftovers.Leftovers{"running": alive, "elsewhere": elsewhere} {
			if left := remains(t, e); len(left) != 2 {
				t.Errorf("left of the %s: %q, want all", name, left)
			}
		}
		if hints := slices.DeleteFunc(said, func(line string) bool { return !strings.Contains(line, "memproof clean") }); len(hints) != 1 {
			t.Errorf("it reported %q of the session elsewhere", hints)
		}
	})
}

// deadSession is the id of a session whose process has ended.
func deadSession(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	fields := strings.Split(leftovers.NewSession(), "-")
	fields[3] = fmt.Sprint(cmd.Process.Pid) // decimal digits are base 36 too: some pid, and no start of the past
	fields[4] = "1"
	return strings.Join(fields, "-")
}

// sessionElsewhere returns the id of a session of another machine with this one's ids: its
// process has ended here, but may run there.
func sessionElsewhere(t *testing.T) string {
	t.Helper()
	fields := strings.Split(deadSession(t), "-")
	fields[0] = strings.Repeat("f", 6)
	return strings.Join(fields, "-")
}

// litter leaves a folder, and a network or a process.
func litter(t *testing.T, e leftovers.Leftovers) {
	t.Helper()
	if err := e.MakeFolder(); err != nil {
		t.Fatal(err)
	}
	address := e.Places[docker.Engine.Place.Name]
	if address == "" {
		cmd := exec.Command("sleep", "600")
		cmd.Env = []string{leftovers.TagName + "=" + leftovers.Tag(e.Session, "sleeper")}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		go func() { _ = cmd.Wait() }() // it ends by a signal
		return
	}
	c := dial(t, address)
	defer c.Close()
	options := client.NetworkCreateOptions{Labels: map[string]string{sessionLabel: e.Session}}
	if _, err := c.NetworkCreate(t.Context(), "memproof-test-"+e.Session, options); err != nil {
		t.Fatal(err)
	}
}

// A given server keeps no database of a session.
func TestGivenPostgres(t *testing.T) {
	long(t)
	needs(t, Host)
	giver := open(t, Host, scenarioOf("good"))
	dsn := giver.databases.Server.Outer.String()
	if err := giver.databases.Drop(t.Context(), "memproof_"+giver.id+"_template"); err != nil {
		t.Fatal(err)
	}

	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), harnessEnv+"="+string(Host), postgres.DSNEnv+"="+dsn)
	e := runHarness(t, Host, cmd)
	e.Places = map[string]string{postgres.Place.Name: dsn}
	ids, err := postgres.Sessions(t.Context(), dsn)
	if err != nil || !slices.Equal(slices.Compact(ids), []string{e.Session}) {
		t.Errorf("databases of %q (%v), want of %s", ids, err, e.Session)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // says that it was killed
	eventuallyNothing(t, e)
}
