package host

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFolder: a folder in which programs can't be started is refused with the remedy,
// and one in memory is reported.
func TestFolder(t *testing.T) {
	const ext4 = 0xef53
	for _, tt := range []struct {
		name        string
		kind, flags int64
		inMemory    bool
		says        string // in the error
	}{
		{"a disk", ext4, 0, false, ""},
		{"a disk without devices", ext4, unix.ST_NODEV | unix.ST_NOSUID, false, ""},
		{"tmpfs", unix.TMPFS_MAGIC, unix.ST_NOSUID, true, ""},
		{"ramfs", unix.RAMFS_MAGIC, 0, true, ""},
		{"no programs", ext4, unix.ST_NOEXEC, false, "set TMPDIR"},
		{"no programs, in memory", unix.TMPFS_MAGIC, unix.ST_NOEXEC | unix.ST_NODEV, false, "set TMPDIR"},
	} {
		fact, inMemory, err := describeFolder("/t", tt.kind, tt.flags)
		if inMemory != tt.inMemory || (err != nil) != (tt.says != "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %q, %t, %v", tt.name, fact, inMemory, err)
		}
	}
	if _, _, err := folderFact(t.TempDir() + "/none"); err == nil {
		t.Error("no error of a folder that is not there")
	}
}
