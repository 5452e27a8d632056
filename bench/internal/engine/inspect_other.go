//go:build !linux

package engine

// inspectPostgres says why the host engine can't run.
func inspectPostgres() (string, error) { return "", hostReady() }
