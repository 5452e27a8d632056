package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/memproof/memproof/bench/internal/engine/logfile"
	"github.com/memproof/memproof/bench/internal/engine/postgres"
)

// Postgres takes the server of [postgres.DSNEnv], or else starts the installed one, with
// its files in the session's folder.
func (h *host) Postgres(ctx context.Context, settings map[string]string) (*backend.Server, error) {
	if dsn := os.Getenv(postgres.DSNEnv); dsn != "" {
		return postgres.Given(dsn, settings)
	}
	bin, err := findPostgres()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(h.opts.Folder, "postgres")
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, err
	}
	as, err := serverUser()
	if err != nil {
		return nil, err
	}
	if err := chown(data, as); err != nil {
		return nil, err
	}
	password := postgres.NewPassword()
	log := filepath.Join(h.opts.Logs, "postgres.log")
	if err := h.initdb(ctx, bin, data, password, as, log); err != nil {
		return nil, fmt.Errorf("initdb: %w%s", err, logfile.QuoteTail(log))
	}
	port, err := h.Port(postgres.Port)
	if err != nil {
		return nil, err
	}
	proc, err := h.serve(bin, data, settings, port, as, log)
	if err != nil {
		return nil, err
	}
	url := postgres.ServerURL(password, loopback(port))
	return &backend.Server{Outer: url, Inner: url, Proc: proc, Log: log, Facts: map[string]string{
		"binaries": bin, "data": h.known["folder"], "settings": postgres.SettingsFact(settings),
	}}, nil
}

// initdb makes the cluster. The password keeps other users of the machine out: they
// could run commands as the server's user.
func (h *host) initdb(ctx context.Context, bin, data, password string, as *syscall.Credential, log string) error {
	file := filepath.Join(h.opts.Folder, "password")
	if err := os.WriteFile(file, []byte(password), 0o600); err != nil {
		return err
	}
	defer os.Remove(file)
	if err := chown(file, as); err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(bin, "initdb"), "--pgdata="+data, "--username=memproof", "--pwfile="+file,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
	cmd.Dir = data
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as, Pdeathsig: syscall.SIGKILL}
	c, err := h.launch(cmd, "initdb", log)
	if err != nil {
		return err
	}
	select {
	case <-c.ended:
	case <-ctx.Done():
		_, err := c.Stop(ctx, 0)
		return errors.Join(ctx.Err(), err)
	}
	if c.outcome.Code != 0 {
		return errors.New(c.outcome.String())
	}
	return nil
}

func (h *host) serve(bin, data string, settings map[string]string, port int, as *syscall.Credential, log string) (*child, error) {
	args := postgres.Args(settings, "listen_addresses=127.0.0.1", "port="+strconv.Itoa(port), "unix_socket_directories=")
	cmd := exec.Command(filepath.Join(bin, "postgres"), append([]string{"-D", data}, args...)...)
	cmd.Dir = data
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as, Pdeathsig: syscall.SIGQUIT} // it then removes its shared memory
	return h.launch(cmd, leftovers.PostgresName, log)
}

// serverUser is the user that Postgres runs as, since it refuses root. nil is the user
// of this process.
func serverUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("Postgres refuses to run as root, and there is no user postgres or nobody to run it as")
}

// chown makes the user the owner of a file.
func chown(path string, to *syscall.Credential) error {
	if to == nil {
		return nil
	}
	return os.Chown(path, int(to.Uid), int(to.Gid))
}

// findPostgres returns the folder with initdb and postgres: on PATH, or else the newest
// of Debian's folders, which are not on PATH.
func findPostgres() (dir string, err error) {
	dirs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.SortFunc(dirs, func(a, b string) int { return majorVersion(b) - majorVersion(a) })
	for _, d := range append(filepath.SplitList(os.Getenv("PATH")), dirs...) {
		if isProgram(filepath.Join(d, "initdb")) && isProgram(filepath.Join(d, "postgres")) {
			return d, nil
		}
	}
	return "", fmt.Errorf("no Postgres on PATH or in /usr/lib/postgresql: install one (apt-get install postgresql), "+
		"or set %s to the URL of a server", postgres.DSNEnv)
}

func majorVersion(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin))) // 0 for another folder, which is then last
	return n
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
