package main

import "syscall"

// dieWithParent does nothing: memory is injected on Linux only.
func dieWithParent() *syscall.SysProcAttr { return nil }
