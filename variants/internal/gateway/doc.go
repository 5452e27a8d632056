// Package gateway is the service under test: an AI gateway as a production team would run it behind a prefork server.
//
// A request's API key is looked up in Postgres, its tokens are counted, the passages that answer it are found in a catalogue
// that each worker holds in memory, one HTTPS call asks the AI upstream, one row is written to the usage ledger, and only
// then is the answer sent: every 200 has exactly one row.
//
// What a memory optimisation guide changed is in four types, Workers, Recycling, Scheduler and AIClient. Everything else is
// the same in every build, and nothing is allocated for show: what a worker holds, its requests use.
package gateway
