// Package sampler reads the kernel's account of a variant, its processes and its
// container, and makes a [metric.Sample] of it several times a second.
//
// Each kernel file has one reader and one pure parser. What the package refuses to do:
//
//   - It does not group processes by name or command line. A prefork worker has both
//     from its master; only the parent's pid identifies it.
//   - It does not add up the remaining processes when one ends half-way. It reads the
//     tree again, once, and then gives up on that sample.
//   - It does not read a missing key or file as 0. It is an error if every supported
//     kernel provides it, and else the figure is absent.
//
// A sample is not a snapshot: the variant continues during the millisecond that it takes,
// and during some milliseconds a process with PSS. A child that was forked with vfork and
// has not yet called exec shares its parent's memory, but counts as a process of its own.
//
// PSS needs Linux 4.14 or later (smaps_rollup). Without it only a container's own account
// is read, and a process without a container is refused. To read the PSS of another
// user's processes it needs CAP_SYS_PTRACE.
package sampler
