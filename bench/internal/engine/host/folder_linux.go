package host

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// folderFact says what the folder for temporary files lies on. Programs are started from
// there and Postgres keeps its data there, so that a file system that forbids
// programs is an error.
func folderFact(path string) (fact string, inMemory bool, err error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(path, &fs); err != nil {
		return "", false, fmt.Errorf("statfs %s: %w", path, err)
	}
	return describeFolder(path, int64(fs.Type), int64(fs.Flags))
}

func describeFolder(path string, kind, flags int64) (fact string, inMemory bool, err error) {
	if flags&unix.ST_NOEXEC != 0 {
		return "", false, fmt.Errorf("%s is mounted noexec, so that no program can be started from it: set TMPDIR to a directory where programs may run, such as ~/.cache", path)
	}
	if kind == unix.TMPFS_MAGIC || kind == unix.RAMFS_MAGIC {
		return path + ", in memory", true, nil
	}
	return path, false, nil
}

// inMemoryWarning is for a folder in memory.
const inMemoryWarning = "the folder for temporary files is in memory: a commit of Postgres costs nothing, its data takes memory from the service, and the service's program counts as shared memory; set TMPDIR to a directory on a disk, such as ~/.cache"
