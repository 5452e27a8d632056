package leftovers

import "syscall"

// detached puts a process into a session of its own, out of reach of the
// terminal's Ctrl-C.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
