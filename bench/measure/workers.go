package measure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/metric"
)

// workers gathers the figures of one worker over a window. A worker is a child of the
// master. The master itself and a worker's own children do not count. In a container a
// process whose parent has ended becomes a child of the root. If the root is the
// master, it then counts as a worker.
//
// The master is determined after the window, see [workers.master]. Until then, every
// process with children keeps the figures of its children.
type workers struct {
	count   series // all processes
	root    metric.ProcessID
	parents map[metric.ProcessID]*parent
}

// parent is a process that had a child at some time.
type parent struct {
	name     string
	samples  int                       // samples in which it had a child
	most     int                       // the most children at once
	children map[metric.ProcessID]*kid // all children, also ended ones
	uss, pss series                    // mean over its children
}

// kid is the child of a process.
type kid struct {
	id      metric.ProcessID
	name    string
	samples int // samples that contain it
}

func (w *workers) see(s metric.Sample) {
	w.count.add(s.At, uint64(len(s.Processes)), len(s.Processes) > 0)
	if w.parents == nil {
		w.parents = map[metric.ProcessID]*parent{}
	}
	byParent := map[int][]metric.Process{}
	for _, p := range s.Processes {
		byParent[p.PPID] = append(byParent[p.PPID], p)
	}
	root := s.Root()
	for _, p := range s.Processes {
		if p.PID == root {
			w.root = p.ID()
		}
		if children := byParent[p.PID]; len(children) > 0 {
			w.seeParent(s, p, children)
		}
	}
}

func (w *workers) seeParent(s metric.Sample, p metric.Process, children []metric.Process) {
	of := w.parents[p.ID()]
	if of == nil {
		of = &parent{children: map[metric.ProcessID]*kid{}}
		w.parents[p.ID()] = of
	}
	of.name = p.Name
	of.samples, of.most = of.samples+1, max(of.most, len(children))
	for _, c := range children {
		k := of.children[c.ID()]
		if k == nil {
			k = &kid{id: c.ID()}
			of.children[c.ID()] = k
		}
		k.name = c.Name
		k.samples++
	}
	for _, f := range []struct {
		to *series
		of func(metric.Process) *uint64
	}{
		{&of.uss, func(p metric.Process) *uint64 { return withHugetlb(p, p.USS) }},
		{&of.pss, func(p metric.Process) *uint64 { return withHugetlb(p, p.PSS) }},
	} {
		sum, ok := metric.Sample{Processes: children}.Sum(f.of)
		f.to.put(s.At, float64(sum)/float64(len(children)), ok)
	}
}

// withHugetlb adds the pages of hugetlbfs that only this process maps. Shared pages are
// left out: the number of processes that map one is unknown.
func withHugetlb(p metric.Process, bytes *uint64) *uint64 {
	if bytes == nil || p.HugetlbPrivate == nil {
		return bytes
	}
	return new(*bytes + *p.HugetlbPrivate)
}

// Programs that start the service and wait for it, by their comm. The first child of an
// init is the service; its other children are orphans. A launcher may run several
// programs.
var (
	inits     = []string{"tini", "tini-static", "docker-init", "dumb-init", "catatonit", "podman-init"}
	launchers = []string{
		"sh", "bash", "dash", "ash", "busybox", "zsh", "ksh", "su", "sudo", "runuser", "timeout", "npm", "npx", "yarn", "pnpm", "uv", "pipenv", "poetry",
		"supervisord", "circusd", "honcho", "foreman", "s6-svscan", "s6-supervise", "runsvdir", "runsv",
	}
)

// master returns the process whose children are the workers, and the names of the
// processes above it, from the root on. It starts at the root and descends
//
//   - from an init to its oldest child that lived through the window;
//   - from another launcher to its child, if only one lived through the window;
//   - from any process to the only child that it ever had, if that has another name and
//     several children at once: then the parent is a launcher with an unknown name.
//
// So the master of a single worker stays the master. A program without children has no
// workers, with or without an init above it.
func (w *workers) master() (master metric.ProcessID, above []string) {
	master = w.root
	for {
		p := w.parents[master]
		if p == nil {
			return master, above
		}
		next, ok := w.below(p)
		if !ok {
			return master, above
		}
		above = append(above, p.name)
		master = next
	}
}

// below returns the child of a process that only started the service.
func (w *workers) below(p *parent) (child metric.ProcessID, ok bool) {
	lasting := p.lasting()
	if len(lasting) == 0 {
		return child, false
	}
	only := lasting[0]
	switch name := program(p.name); {
	case slices.Contains(inits, name):
		return only.id, true
	case slices.Contains(launchers, name):
		return only.id, len(lasting) == 1
	}
	several := w.parents[only.id]
	return only.id, len(p.children) == 1 && program(only.name) != program(p.name) && several != nil && several.most > 1
}

// lasting returns the children that are in every sample in which the parent had any,
// oldest first.
func (p *parent) lasting() (list []*kid) {
	for _, k := range p.children {
		if k.samples == p.samples {
			list = append(list, k)
		}
	}
	slices.SortFunc(list, func(a, b *kid) int {
		return cmp.Or(cmp.Compare(a.id.Start, b.id.Start), cmp.Compare(a.id.PID, b.id.PID))
	})
	return list
}

// program returns a process's name without the status that some programs append:
// "gunicorn: maste" and "npm run start".
func program(comm string) string {
	if i := strings.IndexAny(comm, ": "); i > 0 {
		return comm[:i]
	}
	return comm
}

// differ reports whether a launcher runs several programs. A mean over them would not
// describe one worker.
func (p *parent) differ() bool {
	if p == nil || !slices.Contains(launchers, program(p.name)) {
		return false
	}
	lasting := p.lasting()
	return slices.ContainsFunc(lasting, func(k *kid) bool { return program(k.name) != program(lasting[0].name) })
}

func (m *measurement) workers(w workers) {
	m.mean(metric.Processes, w.count)
	id, above := w.master()
	master := w.parents[id]
	if len(above) > 0 && master != nil {
		m.out.Master = fmt.Sprintf("%s, below %s", master.name, strings.Join(above, " and "))
	}
	for _, f := range []struct {
		name metric.Name
		of   func(parent) series
	}{{metric.WorkerUSS, func(p parent) series { return p.uss }}, {metric.WorkerPSS, func(p parent) series { return p.pss }}} {
		switch {
		case len(w.count) == 0:
			m.meanPSS(f.name, nil)
		case master == nil && len(above) > 0:
			m.absent(f.name, "the program below %s has no children", strings.Join(above, " and "))
		case master == nil:
			m.absent(f.name, "the root process has no children")
		case master.differ():
			m.absent(f.name, "%s runs several programs: which of them is the service is not known", master.name)
		default:
			m.meanPSS(f.name, f.of(*master))
		}
	}
}
