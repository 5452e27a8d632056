package metric

import "strings"

// Unmeasurable is the error for a variant that this machine cannot measure at all. It
// ends the run early: every trial would fail in the same way.
type Unmeasurable struct{ Why string }

func (e Unmeasurable) Error() string { return "this variant can't be measured here: " + e.Why }

// Lacks names the parts of the headline memory that the sample does not hold, with the
// remedy where one is known. It is empty if the sample holds all. A variant in a
// container needs the account of its cgroup, any other needs the PSS of its processes.
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

// because returns the reason that the sampler recorded.
func (s Sample) because() string {
	if len(s.Missing) == 0 {
		return ""
	}
	return ": " + strings.Join(s.Missing, "; ")
}
