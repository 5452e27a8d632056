// Package bench answers one question about a service: did this change really
// cut its memory, by how much, and at what cost?
//
// A [Scenario] names the variants, the load and the claims. [Execute] runs it
// on a [Rig] in randomised blocks and leaves raw hits and samples in a run
// directory. [Judge] reads such a directory and nothing else, so the same
// directory gives the same [Verdict] on any machine.
//
// What the package refuses to do:
//
//   - It does not test on samples. Samples inside a trial are correlated; the
//     trial is the unit of replication.
//   - It does not measure latency from when a request was sent. A stalled
//     service would slow the generator and hide the stall; response time is
//     taken from when the schedule wanted the request sent.
//   - It does not fill gaps. A figure that could not be measured is absent with
//     a reason, never 0 and never a partial sum.
//   - It does not repeat a run until it likes the answer.
package bench
