package hostinfo

import "golang.org/x/sys/windows"

// diskFree is what this user may still write below dir, in bytes; nil where the
// system does not say.
func diskFree(dir string) *uint64 {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return nil
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return nil
	}
	return &free
}
