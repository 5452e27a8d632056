// Package hostinfo reads the state of the whole machine: the CPU time of all
// processors, pressure stall information (PSI), memory and clocks.
//
// A [Reader] reads the counters of one instant, which the sampler adds to each sample.
// [Probe] measures for a moment, before a trial, whether the machine is quiet.
// [Inspect] gathers the facts that memproof doctor judges.
//
// What a kernel does not provide is absent, never 0. On macOS that is everything: the
// variant runs in a virtual machine there, and the sampler in it reads that machine.
package hostinfo
