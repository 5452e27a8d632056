// Package leftovers knows what belongs to a session, and removes it.
//
// What a session made goes with it, in three ways. The session removes it at its
// end. Should its process be killed before that, a watchdog does: a copy of the
// program that waits for the end of a pipe, which the kernel closes for a killed
// parent. And what even the watchdog left, after a power cut for instance, is
// removed by the next session on the machine. All three call [Places.Remove], which
// finds what belongs to a session by its id: in the tag of processes, in the name of
// its folder, and in each [Place] of the engines, such as the labels of containers.
//
// What the package does not do: it removes nothing of a session whose process may
// still run, unless a person asks for it.
package leftovers
