package variants_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// deadline is generous: it is reached only where something hangs.
const deadline = time.Minute

// built compiles the commands as they are shipped, static, once for all tests; TestMain removes the folder that it returns.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "variants")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./...")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return dir, nil
})

// bin is the folder that holds the commands.
func bin(t *testing.T) string {
	t.Helper()
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// process is a started command and what it wrote.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	mu    sync.Mutex
	log   bytes.Buffer
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// start runs the command with nothing in its environment but env, as in a container. The test ends it, and its workers
// with it, at the latest when it is over.
func start(t *testing.T, path string, env []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(path, args...), ended: make(chan struct{})}
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = env, p, p
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // a death signal is tied to the thread that forked
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // the test looks at the exit status
			close(p.ended)
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // already gone is as good
		<-p.ended
		if t.Failed() {
			t.Logf("%s wrote:\n%s", filepath.Base(path), p.output())
		}
	})
	return p
}

// exit waits for the end and returns the status.
func (p *process) exit(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(deadline):
		t.Fatal("the process does not end")
		return -1
	}
}

// freeAddress is a loopback address below the ephemeral ports, which others may be given at any moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(10_000))
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// until polls the URL until it answers with 200 and returns the body.
func until(t *testing.T, p *process, url string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	for {
		if status, body := request(t, http.MethodGet, url, "", nil); status == http.StatusOK {
			return body
		}
		select {
		case <-p.ended:
			t.Fatalf("%s: the process ended:\n%s", url, p.output())
		case <-ctx.Done():
			t.Fatalf("%s never answers with 200", url)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// request returns status 0 where no answer came.
func request(t *testing.T, method, url, body string, header map[string]string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := (&http.Client{Timeout: deadline}).Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(raw)
}
