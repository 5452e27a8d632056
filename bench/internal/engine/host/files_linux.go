package host

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/memproof/memproof/bench/internal/engine/backend"
)

// FilesDir is a directory of the session.
func (h *host) FilesDir(program string) (string, bool) {
	return filepath.Join(h.opts.Folder, "files", program), true
}

// writeFiles writes the files of a program's start, in the place of those of its last.
// The directory's path stands in the program's arguments, so that other users of
// the machine know it: what holds a password is for the program's user alone. The
// others stay readable to a user whom the program may become.
func (h *host) writeFiles(program string, files map[string]backend.File) error {
	dir, _ := h.FilesDir(program)
	if err := os.RemoveAll(dir); err != nil || len(files) == 0 {
		return err
	}
	for path, f := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o711); err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if f.Private {
			mode = 0o600
		}
		if err := os.WriteFile(path, f.Text, mode); err != nil {
			return err
		}
	}
	return nil
}

// freshWorkDir is an empty directory for a program to be started in. What its last start
// left there, such as the dump of a store, would not be there in a container.
func (h *host) freshWorkDir(program string) (string, error) {
	dir := filepath.Join(h.opts.Folder, "run", program)
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o755)
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// writeProgram writes a new file that may be executed.
func writeProgram(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}
