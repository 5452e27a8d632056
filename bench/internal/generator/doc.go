// Package generator drives an open loop of requests with vegeta and reports each from
// the time at which the schedule wanted it sent.
//
// # Why vegeta drives, and what is ours inside of it
//
// Vegeta's attack is a tested pool of workers that many people know. It numbers the
// requests, waits for a free worker if all are busy, and returns one result for each
// request, in one channel. Users have its result files and its formats of targets. So
// vegeta drives, and calls this package where it allows that:
//
//   - Pacer. Vegeta waits with time.Sleep, which wakes 0.5 to 1 ms late. [pacer.Pace]
//     waits with the most precise timer of the system until the request is due. It also
//     ends the attack: vegeta ends one by its duration, and silently drops the rest.
//   - Targeter. Workers ask for targets in any order, and do not know the number of the
//     request. Request k has to be the same for every variant, so vegeta's targets are
//     blanks.
//   - Transport. Here the number is known, from the header X-Vegeta-Seq. [exchange]
//     makes request k, sends it once on a connection of [connections], and hashes its
//     response. [http.Transport] would send some requests twice.
//   - Results. Vegeta stamps a result when a worker takes the request. A service that
//     stalls occupies the workers, and what had to wait for one looks fast: coordinated
//     omission. Here the time when request k was due is known, and the wait counts.
//
// The price is the control flow: vegeta calls [pacer.Pace] and the transport, and a
// [flight] carries what they know of a request from one to the other. The service gets
// the header X-Vegeta-Seq, the same in each variant. A pool of our own would be about 60
// lines, and its mistakes would be in every figure. BenchmarkInstrument compares this
// package with vegeta's own command and wrk.
package generator
