// Package engine starts what a scenario names, and leaves nothing behind.
//
// A [Session] is the engine of one run. It has a Postgres with a template
// database that the scenario's seeder filled, the upstream, and one variant at
// a time with a fresh copy of that database. It is written once, over
// [backend.Backend]. What starts the programs is one of the table of engines: package
// docker, through testcontainers-go, or package host, with the same binaries as
// processes. What a session made goes with it, see package leftovers.
//
// What the package does not do: it applies no setting of Postgres or limit of
// a variant that the scenario did not ask for without saying so in
// [Session.Facts].
package engine
