package sampler

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strconv"

	"github.com/memproof/memproof/bench/internal/ostime"
	"github.com/memproof/memproof/bench/metric"
)

// errVanished is a pid whose process ended between the reading of two of its files.
type errVanished int

func (pid errVanished) Error() string {
	return fmt.Sprintf("pid %d vanished while being read", int(pid))
}

// processes reads the root process and its descendants. With details it reads what is
// costly too; notes name what of that is absent, and why.
func (t *tree) processes(details bool) (list []metric.Process, notes []string, err error) {
	list, notes, err = t.readOnce(details)
	if vanished := errVanished(0); errors.As(err, &vanished) {
		return t.readOnce(details)
	}
	return list, notes, err
}

func (t *tree) readOnce(details bool) (list []metric.Process, notes []string, err error) {
	family, err := t.find()
	if err != nil {
		return nil, nil, err
	}
	list = make([]metric.Process, len(family))
	for i, s := range family {
		if list[i], err = t.process(s); err != nil {
			return nil, nil, err
		}
	}
	if details {
		notes, err = t.addDetails(list)
	}
	if err != nil {
		return nil, nil, err
	}
	return list, notes, nil
}

// process reads what is cheap: some microseconds a process.
func (t *tree) process(s stat) (metric.Process, error) {
	name := strconv.Itoa(s.pid) + "/statm"
	text, err := t.proc.readOften(name)
	if gone(err) {
		return metric.Process{}, errVanished(s.pid)
	}
	if err != nil {
		return metric.Process{}, err
	}
	pages, err := parseStatm(text)
	if err != nil {
		return metric.Process{}, t.proc.wrap(name, err)
	}
	if pages == 0 { // it has released its memory and is about to end
		return metric.Process{}, errVanished(s.pid)
	}
	return metric.Process{
		PID: s.pid, PPID: s.ppid, Start: s.start, Name: s.name,
		RSS:     pages * uint64(os.Getpagesize()),
		Threads: s.threads,
		CPU:     float64(s.ticks) / ostime.TicksPerSecond,
	}, nil
}

// addDetails adds PSS, USS, huge pages, swap and the number of open files: milliseconds
// a process. What may not be read, for want of a capability, is absent, with one note.
// The number of open files is absent without a note: no metric uses it, and to list
// those of another user takes one more capability.
func (t *tree) addDetails(list []metric.Process) (notes []string, err error) {
	if !t.rollup {
		return []string{noPSS(errNoRollup)}, nil
	}
	var denied error
	for i := range list {
		p := &list[i]
		if err := t.addRollup(p); gone(err) {
			return nil, errVanished(p.PID)
		} else if denied == nil {
			denied = err
		}
		if err := t.addFDs(p); gone(err) {
			return nil, errVanished(p.PID)
		} else if err != nil && !errors.Is(err, fs.ErrPermission) {
			notes = append(notes, fmt.Sprintf("fds: %v", err))
		}
	}
	if denied != nil {
		notes = append(notes, noPSS(denied))
	}
	return notes, nil
}

// noPSS is the note that says why PSS is absent.
func noPSS(why error) string { return fmt.Sprintf("%s: %v", metric.MissingPSS, why) }

func (t *tree) addRollup(p *metric.Process) error {
	name := strconv.Itoa(p.PID) + "/smaps_rollup"
	text, err := t.proc.read(name)
	if err != nil {
		return err
	}
	if err := parseRollup(text, p); err != nil {
		return t.proc.wrap(name, err)
	}
	return nil
}

func (t *tree) addFDs(p *metric.Process) error {
	entries, err := t.proc.list(strconv.Itoa(p.PID) + "/fd")
	if err == nil {
		p.FDs = new(len(entries))
	}
	return err
}

// stat is a process according to /proc/PID/stat (proc_pid_stat(5)).
type stat struct {
	pid, ppid int
	name      string // comm, at most 15 bytes; any byte may be in it
	state     byte   // R, S, D, Z, …
	ticks     uint64 // user and system time since its start
	threads   int
	start     uint64 // ticks after boot
}

// parseStat finds comm between the first and the last parenthesis: it may hold spaces
// and parentheses itself, and no later field does. procfs would scan all 52 fields, which
// takes as long as all else that a sample reads of a process.
func parseStat(text []byte) (stat, error) {
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return stat{}, fmt.Errorf("%.40q has no name in parentheses", text)
	}
	var field [23][]byte // as the manual page numbers them, from 1
	n := 3
	for f := range bytes.FieldsSeq(text[end+1:]) {
		if n == len(field) {
			break
		}
		field[n] = f
		n++
	}
	field[1] = text[:open]
	if len(field[3]) != 1 || field[3][0]|0x20 < 'a' || field[3][0]|0x20 > 'z' {
		return stat{}, fmt.Errorf("field 3 is %q, want one letter", field[3])
	}
	s := stat{name: string(text[open+1 : end]), state: field[3][0]}
	var pid, ppid, user, system, threads uint64
	for _, w := range [...]struct {
		field int
		to    *uint64
		max   uint64
	}{
		{1, &pid, math.MaxInt32}, {4, &ppid, math.MaxInt32}, {20, &threads, math.MaxInt32},
		{14, &user, math.MaxInt64}, {15, &system, math.MaxInt64}, {22, &s.start, math.MaxUint64},
	} {
		v, err := parseNumber(field[w.field])
		if err != nil || v > w.max {
			return stat{}, fmt.Errorf("field %d is %q, want a whole number", w.field, field[w.field])
		}
		*w.to = v
	}
	s.pid, s.ppid, s.threads, s.ticks = int(pid), int(ppid), int(threads), user+system
	return s, nil
}

// parseStatm returns the resident pages of /proc/PID/statm, its second field; 0 for a
// process that has released its memory.
func parseStatm(text []byte) (pages uint64, err error) {
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0, fmt.Errorf("%.40q has %d fields, want at least 2", text, len(fields))
	}
	return parseNumber(fields[1])
}

// parseRollup sets what /proc/PID/smaps_rollup has of a process. USS is the pages that
// only this process maps. The split of PSS is there since Linux 5.3; of it, and of huge
// pages of hugetlbfs, which are in no other figure, a part alone is an error.
func parseRollup(text []byte, p *metric.Process) error {
	k := keyed{text: text}
	pss, swap, huge := k.need("Pss:"), k.need("Swap:"), k.need("AnonHugePages:")
	uss := k.need("Private_Clean:") + k.need("Private_Dirty:")
	var anon, file, shmem, private, shared *uint64
	if k.find("Pss_Anon:") != nil {
		anon, file, shmem = new(k.need("Pss_Anon:")), new(k.need("Pss_File:")), new(k.need("Pss_Shmem:"))
	}
	if k.find("Private_Hugetlb:") != nil {
		private, shared = new(k.need("Private_Hugetlb:")), new(k.need("Shared_Hugetlb:"))
	}
	if k.err != nil {
		return k.err
	}
	p.PSS, p.USS, p.Swap, p.AnonHuge = &pss, &uss, &swap, &huge
	p.PSSAnon, p.PSSFile, p.PSSShmem = anon, file, shmem
	p.HugetlbPrivate, p.HugetlbShared = private, shared
	return nil
}
