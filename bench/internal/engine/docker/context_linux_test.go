package docker

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestCheckContextWithoutPermission: the kernel refuses a file and a folder. Root may read
// all, so its thread reads files as another user.
func TestCheckContextWithoutPermission(t *testing.T) {
	for _, name := range []string{"data/one", "data"} {
		dir := sourceOf(t, "", "data/one")
		if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // the tests' own, which only its owner may enter
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := asNobody(t, func() error { return checkContext(dir, "Dockerfile", os.Open) }); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		err := asNobody(t, func() error { return checkContext(dir, "Dockerfile", os.Open) })
		if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want one that names it", name, err)
		}
		if err := os.Chmod(path, 0o700); err != nil { // for the removal of the folder
			t.Fatal(err)
		}
	}
}

// asNobody calls do without root's right to read every file.
func asNobody(t *testing.T, do func() error) error {
	t.Helper()
	if os.Geteuid() != 0 {
		return do()
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		const nobody = 65534
		if err := unix.Setfsuid(nobody); err != nil {
			done <- err
			return
		}
		done <- do()
	}()
	return <-done
}
