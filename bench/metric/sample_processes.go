package metric

// Workers returns the children of the root process, oldest first.
func (s Sample) Workers() (children []Process) {
	root := s.Root()
	for _, p := range s.Processes {
		if p.PPID == root && p.PID != root {
			children = append(children, p)
		}
	}
	return children
}

// Root is the pid of the process whose parent is not in the sample; 0 without processes. It
// need not be the first: a child of the same clock tick may have a lower pid.
func (s Sample) Root() int {
	known := make(map[int]bool, len(s.Processes))
	for _, p := range s.Processes {
		known[p.PID] = true
	}
	for _, p := range s.Processes {
		if !known[p.PPID] {
			return p.PID
		}
	}
	return 0
}

// Unmeasurable is the error for a variant that this machine cannot measure at all. It
// ends the run early: every trial would fail in the same way.
type Unmeasurable struct{ Why string }

func (e Unmeasurable) Error() string { return "this machine cannot measure the variant: " + e.Why }
