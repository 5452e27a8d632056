package leftovers

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"github.com/memproof/memproof/bench/internal/files"
)

// installation returns a random id of this installation: of this user's cache
// directory. Without such a directory every process has another id, so that other
// processes count it as unseen.
var installation = sync.OnceValue(func() string {
	var random [16]byte
	rand.Read(random[:]) // never fails
	fresh := fmt.Sprintf("%x", random)
	cache, err := os.UserCacheDir()
	if err != nil { // no home
		return fresh
	}
	return installationIn(filepath.Join(cache, "memproof"), fresh)
})

const installationFile = "installation"

var installationID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// installationIn returns the id in the directory. Where it has none, or a damaged
// one, the fresh id is stored.
func installationIn(dir, fresh string) string {
	if os.MkdirAll(dir, 0o755) != nil {
		return fresh
	}
	f, err := files.Lock(filepath.Join(dir, installationFile))
	if err != nil {
		return fresh
	}
	defer f.Close()
	if text, err := io.ReadAll(f); err == nil && installationID.Match(text) {
		return string(text)
	}
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(fresh), 0) // what is cut off is stored anew by the next process
	}
	return fresh
}
