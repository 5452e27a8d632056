package metric

import "strings"

// Unmeasurable says that this machine can't measure the variant at all, so that
// every trial of the run would end in vain.
type Unmeasurable struct{ Why string }

func (e Unmeasurable) Error() string { return "this variant can't be measured here: " + e.Why }

// Lacks says what of the headline's parts a sample does not hold, with the remedy
// where there is one; empty where it holds all. A variant in a container has an
// account of its cgroup, any other the PSS of its processes.
func (s Sample) Lacks(contained bool) string {
	_, pss := s.PSS()
	switch {
	case contained && s.Cgroup == nil:
		return "its samples do not hold the account of its container" + s.because()
	case contained && s.Cgroup.Kernel == nil:
		return "the kernel gives no figure for its own memory in a cgroup: boot it without cgroup.memory=nokmem"
	case !contained && !pss:
		return "its samples do not hold the PSS of its processes" + s.because()
	}
	return ""
}

// because is what the sampler says of it.
func (s Sample) because() string {
	if len(s.Missing) == 0 {
		return ""
	}
	return ": " + strings.Join(s.Missing, "; ")
}
