// Package hostinfo reads what the whole machine does: the CPU time of all its
// processors, how long tasks waited (PSI), its memory and its clocks.
//
// A [Reader] gives the counts of one instant, which the sampler adds to each
// sample. [Probe] looks for a moment whether the machine is quiet, before
// a trial. [Inspect] gathers the facts that memproof doctor judges.
//
// Each kernel file has one reader; the root path is injected. What a kernel does not give is absent and never 0. macOS gives
// nothing: there the variant runs in a virtual machine, and the sampler in it sees
// that one.
package hostinfo
