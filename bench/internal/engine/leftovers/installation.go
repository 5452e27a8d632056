package leftovers

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sync"
)

// installation is a random id of this installation: of this user's cache directory.
// Where none can be kept it is another in each process, which then counts as unseen
// to all others.
var installation = sync.OnceValue(func() string {
	fresh := make([]byte, 16)
	rand.Read(fresh) // never fails
	cache, err := os.UserCacheDir()
	if err != nil { // no home
		return hex.EncodeToString(fresh)
	}
	return installationIn(filepath.Join(cache, "memproof"), hex.EncodeToString(fresh))
})

const installationFile = "installation"

var installationID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// installationIn is the id that the directory holds, and otherwise the fresh one,
// which the directory then holds for all others.
func installationIn(dir, fresh string) string {
	path := filepath.Join(dir, installationFile)
	for range 3 { // another process may be making it too
		text, err := os.ReadFile(path)
		if err == nil && installationID.Match(text) {
			return string(text)
		}
		if err == nil {
			err = os.Remove(path) // cut off, or no id of ours
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) || keepID(path, fresh) != nil {
			continue
		}
	}
	return fresh
}

// keepID makes the file, whole, unless it is there.
func keepID(path, id string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".installation-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(id)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), path)
}
