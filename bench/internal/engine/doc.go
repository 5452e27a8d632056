// Package engine starts what a scenario names, in containers or as processes
// of this machine, and leaves nothing behind.
//
// A [Session] is the engine of one run. It has a Postgres with a template
// database that the scenario's seeder filled, the upstream, and one variant at
// a time with a fresh copy of that database. Two backends start programs:
// docker, through testcontainers-go, and host, with the same binaries as
// processes. All the rest is written once, over the interface backend.
//
// What a session made goes with it, in three ways. Close removes it. Should
// this process be killed before that, a watchdog does: a copy of the program
// that waits for the end of a pipe, which the kernel closes for a killed
// parent. And what even the watchdog left, after a power cut for instance, is
// removed by the next session on the machine. All three are one function,
// estate.sweep, which finds what belongs to a session by its id: in a label of
// containers and networks, in the environment of processes, in the names of
// folders and databases. Images are kept; they are the cache.
//
// What the package does not do: it applies no setting of Postgres or limit of
// a variant that the scenario did not ask for without saying so in
// [Session.Facts].
package engine
