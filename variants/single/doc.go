// Command single is the service as one process, the way a Go engineer would ship it: one copy of everything for all
// processors, the scheduler and one pooled HTTP client inside, no master and no workers. The commands before, after and
// preload are prefork servers because what they stand for is; this one is the floor below them.
//
// The environment is described in package gateway's Single.
package main
