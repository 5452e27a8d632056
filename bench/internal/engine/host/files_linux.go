package host

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"golang.org/x/sys/unix"
)

// folderFact describes the folder for temporary files. Programs are started from there
// and Postgres keeps its data there, so a file system mounted noexec is an error.
func folderFact(path string) (fact string, inMemory bool, err error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(path, &fs); err != nil {
		return "", false, fmt.Errorf("statfs %s: %w", path, err)
	}
	return describeFolder(path, int64(fs.Type), int64(fs.Flags))
}

func describeFolder(path string, fsType, flags int64) (fact string, inMemory bool, err error) {
	if flags&unix.ST_NOEXEC != 0 {
		return "", false, fmt.Errorf("%s is mounted noexec, so no program can be started from it: "+
			"set TMPDIR to a directory where programs may run, such as ~/.cache", path)
	}
	if fsType == unix.TMPFS_MAGIC || fsType == unix.RAMFS_MAGIC {
		return path + ", in memory", true, nil
	}
	return path, false, nil
}

const inMemoryWarning = "the folder for temporary files is in memory: a commit of Postgres costs nothing, " +
	"its data takes memory from the service, and the service's program counts as shared memory; " +
	"set TMPDIR to a directory on a disk, such as ~/.cache"

// FilesDir is a directory of the session.
func (h *host) FilesDir(program string) (string, bool) {
	return filepath.Join(h.opts.Folder, "files", program), true
}

// writeFiles replaces the files of a program's last start. Other users know their
// directory from the program's arguments, so a file with a password is for the
// program's user only. The program may become another user, who must read the others.
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

// freshWorkDir makes an empty directory to start a program in. A container would not
// have what its last start left there either, such as the dump of a store.
func (h *host) freshWorkDir(program string) (string, error) {
	dir := filepath.Join(h.opts.Folder, "run", program)
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o755)
}
