package main

import "syscall"

// dieWithParent does nothing: only Linux has death signals, and memory is injected only
// there.
func dieWithParent() *syscall.SysProcAttr { return nil }
