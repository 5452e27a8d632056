package bench

// workers gathers the figures of one worker. A worker is a process that lives
// at the time of a sample and whose parent is the root process: not the root,
// the master of a prefork service, and not what a worker starts itself. In a
// container a process whose parent has ended becomes a child of the root, and
// counts as one.
type workers struct {
	count    series // all processes
	uss, pss series // mean over the workers of a sample
	some     bool   // there was a worker
}

func (w *workers) see(s Sample) {
	w.count.add(s.At, uint64(len(s.Processes)), len(s.Processes) > 0)
	children := s.Workers()
	w.some = w.some || len(children) > 0
	for _, f := range []struct {
		to *series
		of func(Process) *uint64
	}{
		{&w.uss, func(p Process) *uint64 { return p.USS }},
		{&w.pss, func(p Process) *uint64 { return p.PSS }},
	} {
		sum, ok := Sample{Processes: children}.sum(f.of)
		f.to.put(s.At, float64(sum)/float64(len(children)), ok)
	}
}

// Workers are the children of the root process, oldest first.
func (s Sample) Workers() (children []Process) {
	root := s.root()
	for _, p := range s.Processes {
		if p.PPID == root && p.PID != root {
			children = append(children, p)
		}
	}
	return children
}

// root is the pid of the process whose parent is none of the sample's; 0
// without processes. It is not always the first of the list: a child of the
// same clock tick may have a lower pid.
func (s Sample) root() int {
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

func (m *measurement) workers(w workers) {
	m.mean(Processes, w.count)
	for _, f := range []struct {
		name Metric
		s    series
	}{{WorkerUSS, w.uss}, {WorkerPSS, w.pss}} {
		if len(w.count) > 0 && !w.some {
			m.absent(f.name, "the root process has no children")
			continue
		}
		m.meanPSS(f.name, f.s)
	}
}
