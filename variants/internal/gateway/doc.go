// Package gateway is the service under test: an AI gateway as a production team would run it behind a prefork server.
//
// A request's API key is looked up in Postgres, its tokens are counted, the passages that answer it are found in a catalogue
// that each worker holds in memory, one HTTPS call asks the AI upstream, one row is written to the usage ledger, and only
// then is the answer sent: every 200 has exactly one row.
//
// What a memory optimisation guide changed is in four types, Workers, Recycling, Scheduler and AIClient. Everything else is
// the same in every build, and nothing is allocated for show: what a worker holds, its requests use.
//
// # The guide's further advice
//
// Each is a setting of every prefork build, off unless it is asked for, and /variantz reports those that are on:
//
//   - GATEWAY_POOL: the database pool with the arguments of SQLAlchemy's create_engine. Without it a worker has pgxpool's
//     five connections. The scheduler's connection is its own and never in the pool.
//   - GATEWAY_GC_TRACE: a line for each garbage collection of a worker (GODEBUG=gctrace=1), for gc.set_debug(gc.DEBUG_STATS).
//   - GATEWAY_EXIT_MEMORY: "Worker 123 exited. Memory used: 45.67 MB" in the master's log for each worker that has exited,
//     also for one that was killed. It is the peak of the resident set: shared pages and the program's own are in it.
//   - GATEWAY_PRELOAD: the catalogue is built once and mapped by all workers. It costs its size once, as shared memory of
//     the container, and a worker boots without reading the database. It stays as it was at the start, also after a HUP:
//     new passages need a restart, as new code does with gunicorn's preload_app.
//
// # Reload
//
// GATEWAY_CONFIG names a settings file, which the master reads at its start and at each HUP, as gunicorn does its
// gunicorn.conf.py; see [Main]. Workers get what the master took and never read the file: one that is wrong, or half-way
// through its editing, can neither reach a worker that happens to be recycled then nor keep it from starting.
//
// [Single] is the service without master and workers.
package gateway
