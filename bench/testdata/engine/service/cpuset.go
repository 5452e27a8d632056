package main

import "golang.org/x/sys/unix"

// cpuset is how many processors this process may use.
func cpuset() int {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return -1
	}
	return set.Count()
}
