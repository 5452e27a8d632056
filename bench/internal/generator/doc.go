// Package generator drives an open loop of requests with vegeta and reports each
// from the time at which the schedule wanted it sent.
//
// # Why vegeta drives, and what is ours inside of it
//
// Vegeta's attack is a tested pool of workers that many people know. It numbers the
// requests, waits for a free worker where all are busy, and gives one result for
// each request, in one channel. Its result files and its formats of targets are the
// ones that users have. So vegeta drives, and calls this package at the points that
// it leaves open:
//
//   - Pacer. Vegeta waits with time.Sleep, which wakes 0.5 to 1 ms late. [pacer.Pace]
//     waits itself, with the finest timer of the system, and returns when the request
//     is due. It also ends the attack: vegeta ends one by its duration, and drops
//     what was not sent without a word.
//   - Targeter. Workers ask for targets in any order, and none knows the number of
//     its request. Request k has to be the same for every variant. So the targets of
//     vegeta are blanks.
//   - Transport. Here the number is known, from the header X-Vegeta-Seq. [exchange]
//     makes request k, sends it once on a connection of ours, and hashes its answer.
//     [http.Transport] would send some requests twice.
//   - Results. Vegeta stamps a result when a worker picks the request up. A service
//     that stalls occupies the workers, and what had to wait for one looks fast:
//     coordinated omission. Here the time that request k was due is known, and the
//     wait counts.
//
// The control flow is the price. Vegeta calls [pacer.Pace] and the transport, and a
// [flight] carries what they know of a request from one to the other. The service
// sees the header X-Vegeta-Seq, the same in each variant.
//
// A pool of our own would be about 60 lines, and its mistakes would be in every
// figure. Vegeta's pool is checked by its other users. BenchmarkInstrument measures
// ours beside vegeta's own command and wrk.
package generator
