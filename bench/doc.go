// Package bench measures whether a change cut the memory of a service, by how much, and
// at what cost.
//
// It holds the calls for commands and Go tests: [Run], [Judge] and [Gate]. The packages
// below it do the work. Each may import those before it:
//
//	metric      what is measured, in which unit; the raw readings
//	comparison  how two figures are compared
//	scenario    what a person wrote: variants, load, claims
//	record      the run directory: trials, requests, samples
//	measure     the figures of a trial
//	verdict     the answers to the claims
//	design      which trials are run, in which order
//	experiment  the conduct of trials on a machine
//
// What they refuse to do:
//
//   - They do not test on samples. Samples inside a trial are correlated; the trial is
//     the unit of replication.
//   - They do not measure latency from when a request was sent. A service that stalls
//     would slow the generator and hide the stall. Response time begins when the
//     schedule wanted the request sent.
//   - They do not fill gaps. A figure that could not be measured is absent with a reason,
//     never 0 and never a partial sum.
//   - They do not repeat a run to get another answer.
package bench
