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
	root    metric.ProcessID // 0 without processes
	parents map[metric.ProcessID]*parent
}

// parent is a process that had a child at some time.
type parent struct {
	name     string
	samples  int                         // samples in which it had a child
	most     int                         // the most children at once
	children map[metric.ProcessID]*child // all children, also ended ones
	figures  [2]series                   // mean over its children, by [ofWorker]
}

type child struct {
	id      metric.ProcessID
	name    string
	samples int // samples that contain it
}

// ofWorker are the metrics of one worker, and their figure of a process.
var ofWorker = [2]struct {
	name metric.Name
	of   func(metric.Process) *uint64
}{
	{metric.WorkerUSS, func(p metric.Process) *uint64 { return withHugetlb(p, p.USS) }},
	{metric.WorkerPSS, func(p metric.Process) *uint64 { return withHugetlb(p, p.PSS) }},
}

func (w *workers) add(s metric.Sample) {
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
			w.addParent(s, p, children)
		}
	}
}

func (w *workers) addParent(s metric.Sample, p metric.Process, children []metric.Process) {
	of := w.parents[p.ID()]
	if of == nil {
		of = &parent{children: map[metric.ProcessID]*child{}}
		w.parents[p.ID()] = of
	}
	of.name = p.Name
	of.samples, of.most = of.samples+1, max(of.most, len(children))
	for _, c := range children {
		k := of.children[c.ID()]
		if k == nil {
			k = &child{id: c.ID()}
			of.children[c.ID()] = k
		}
		k.name = c.Name
		k.samples++
	}
	for i, f := range ofWorker {
		sum, ok := metric.Sample{Processes: children}.Sum(f.of)
		of.figures[i].add(s.At, float64(sum)/float64(len(children)), ok)
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
	switch name := programName(p.name); {
	case slices.Contains(inits, name):
		return only.id, true
	case slices.Contains(launchers, name):
		return only.id, len(lasting) == 1
	}
	several := w.parents[only.id]
	return only.id, len(p.children) == 1 && programName(only.name) != programName(p.name) && several != nil && several.most > 1
}

// lasting returns the children that are in every sample in which the parent had any,
// oldest first.
func (p *parent) lasting() (list []*child) {
	for _, k := range p.children {
		if k.samples == p.samples {
			list = append(list, k)
		}
	}
	slices.SortFunc(list, func(a, b *child) int {
		return cmp.Or(cmp.Compare(a.id.Start, b.id.Start), cmp.Compare(a.id.PID, b.id.PID))
	})
	return list
}

// programName returns a process's name without the status that some programs append:
// "gunicorn: maste" and "npm run start".
func programName(comm string) string {
	if i := strings.IndexAny(comm, ": "); i > 0 {
		return comm[:i]
	}
	return comm
}

// differ reports whether a launcher runs several programs. A mean over them would not
// describe one worker.
func (p *parent) differ() bool {
	if p == nil || !slices.Contains(launchers, programName(p.name)) {
		return false
	}
	all := p.lasting()
	return slices.ContainsFunc(all, func(k *child) bool { return programName(k.name) != programName(all[0].name) })
}

func (w *workers) report(m *measurement) {
	id, above := w.master()
	master := w.parents[id]
	launchers := strings.Join(above, " and ")
	if len(above) > 0 && master != nil {
		m.out.Master = fmt.Sprintf("%s, below %s", master.name, launchers)
	}
	for i, f := range ofWorker {
		switch {
		case w.root.PID == 0:
			m.absent(f.name, "%s", cmp.Or(m.missing[missingPSS], noReading))
		case master == nil && len(above) > 0:
			m.absent(f.name, "the program below %s has no children", launchers)
		case master == nil:
			m.absent(f.name, "the root process has no children")
		case master.differ():
			m.absent(f.name, "%s runs several programs: which of them is the service is not known", master.name)
		default:
			m.mean(f.name, master.figures[i], cmp.Or(m.missing[missingPSS], noReading))
		}
	}
}
