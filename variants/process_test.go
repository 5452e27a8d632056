package variants_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/memproof/memproof/variants/internal/proctest"
)

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

// until polls the URL until it answers with 200 and returns the body.
func until(t *testing.T, p *proctest.Process, url string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), proctest.Deadline)
	defer cancel()
	for {
		if status, body := request(t, http.MethodGet, url, "", nil); status == http.StatusOK {
			return body
		}
		select {
		case <-p.Ended():
			t.Fatalf("%s: the process ended:\n%s", url, p.Output())
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
	resp, err := (&http.Client{Timeout: proctest.Deadline}).Do(req)
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
