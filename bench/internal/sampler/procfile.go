package sampler

import (
	"bytes"
	"fmt"
	"math"

	"github.com/memproof/memproof/bench/metric"
)

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
