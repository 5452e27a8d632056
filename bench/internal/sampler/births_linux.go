package sampler

import (
	"path/filepath"

	"golang.org/x/sys/unix"
)

// tellsBirths says whether loadavg is the kernel's. Where a program stands in
// for it, as lxcfs does in a system container, the last pid may be seconds old.
func tellsBirths(proc string) bool {
	var s unix.Statfs_t
	return unix.Statfs(filepath.Join(proc, "loadavg"), &s) == nil && s.Type == unix.PROC_SUPER_MAGIC
}
