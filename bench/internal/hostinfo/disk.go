package hostinfo

import "golang.org/x/sys/unix"

// diskFree is what an ordinary user may still write below dir, in bytes; nil
// where the system does not say.
func diskFree(dir string) *uint64 {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return nil
	}
	free := s.Bavail * uint64(s.Bsize)
	return &free
}
