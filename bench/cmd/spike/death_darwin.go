package main

import "syscall"

// dieWithParent asks for nothing: only Linux has death signals, and only there
// is a spike started.
func dieWithParent() *syscall.SysProcAttr { return nil }
