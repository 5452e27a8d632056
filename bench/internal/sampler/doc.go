// Package sampler reads the kernel's account of a variant, its processes and
// its container, and makes a [metric.Sample] of it several times a second.
//
// Each kernel file has one reader and one pure parser. What the package
// refuses to do:
//
//   - It does not tell by name or command line which processes belong together.
//     A prefork worker has both from its master; the parent's pid says it.
//   - It does not sum up what is left when a process vanishes half-way. It
//     reads the tree again, once, and then gives up on that sample.
//   - It does not read a missing key or file as 0. What every supported kernel
//     gives is an error when it is missing, and the rest is absent.
//
// A sample is no snapshot: it takes about a millisecond, and some milliseconds
// a process where it holds PSS, in which the variant runs on. A
// child that was forked but has not yet called exec with vfork still shares
// its parent's memory and is counted as a process of its own for that
// millisecond.
//
// PSS needs Linux 4.14 or later (smaps_rollup). Without it a container's own
// account is all that is read, and a process without a container is refused. To
// read the PSS of another user's processes it needs CAP_SYS_PTRACE.
package sampler
