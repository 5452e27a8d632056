package engine

import "syscall"

// detached puts a process into a group of its own, out of reach of the
// console's Ctrl-C.
func detached() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
