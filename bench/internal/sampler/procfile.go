package sampler

import (
	"bytes"
	"fmt"
	"math"
)

// stat is what /proc/PID/stat says of a process (proc_pid_stat(5)).
type stat struct {
	pid, ppid int
	name      string // comm, at most 15 bytes; any byte may be in it
	state     byte   // R, S, D, Z, …
	ticks     uint64 // user and system time since its start
	threads   int
	start     uint64 // ticks after boot
}

// ticksPerSecond is USER_HZ, in which procfs gives times. It is 100 on every
// architecture that Go runs on.
const ticksPerSecond = 100

// parseStat finds comm between the first and the last parenthesis: it may hold
// spaces and parentheses itself, and no field after it does.
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
	s := stat{name: string(text[open+1 : end])}
	if len(field[3]) != 1 || !letter(field[3][0]) {
		return stat{}, fmt.Errorf("field 3 is %q, want one letter", field[3])
	}
	s.state = field[3][0]
	return s, s.setNumbers(field)
}

func letter(b byte) bool { return 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z' }

func (s *stat) setNumbers(field [23][]byte) error {
	var pid, ppid, user, system, threads uint64
	for _, w := range []struct {
		field int
		to    *uint64
		max   uint64
	}{
		{1, &pid, math.MaxInt32}, {4, &ppid, math.MaxInt32}, {20, &threads, math.MaxInt32},
		{14, &user, math.MaxInt64}, {15, &system, math.MaxInt64}, {22, &s.start, math.MaxUint64},
	} {
		v, err := parseNumber(field[w.field])
		if err != nil || v > w.max {
			return fmt.Errorf("field %d is %q, want a whole number", w.field, field[w.field])
		}
		*w.to = v
	}
	s.pid, s.ppid, s.threads, s.ticks = int(pid), int(ppid), int(threads), user+system
	return nil
}

// parseStatm gives the resident pages of /proc/PID/statm, its second field. It
// is 0 for a process that has given up its memory.
func parseStatm(text []byte) (pages uint64, err error) {
	n := 0
	for f := range bytes.FieldsSeq(text) {
		if n++; n == 2 {
			return parseNumber(f)
		}
	}
	return 0, fmt.Errorf("%.40q has %d fields, want at least 2", text, n)
}

// rollup is what /proc/PID/smaps_rollup says of a process, in bytes.
type rollup struct {
	pss, uss, swap, anonHuge uint64
	parts                    *pssParts // nil before Linux 5.3
	hugetlb                  *hugetlb  // in none of the others
}

// hugetlb are huge pages of hugetlbfs that a process maps alone and with others.
type hugetlb struct{ private, shared uint64 }

// pssParts are the kinds of pages that make up PSS.
type pssParts struct{ anon, file, shmem uint64 }

// parseRollup takes USS as the pages that only this process maps.
func parseRollup(text []byte) (rollup, error) {
	var r rollup
	var clean, dirty uint64
	err := pick(text, want{"Pss:", &r.pss}, want{"Swap:", &r.swap}, want{"AnonHugePages:", &r.anonHuge},
		want{"Private_Clean:", &clean}, want{"Private_Dirty:", &dirty})
	if err != nil {
		return rollup{}, err
	}
	r.uss = clean + dirty
	if r.parts, err = parseParts(text); err != nil {
		return r, err
	}
	r.hugetlb, err = parseHugetlb(text)
	return r, err
}

// parseHugetlb wants both figures or none.
func parseHugetlb(text []byte) (*hugetlb, error) {
	if _, ok, err := lookup(text, "Private_Hugetlb:"); !ok {
		return nil, err
	}
	var h hugetlb
	if err := pick(text, want{"Private_Hugetlb:", &h.private}, want{"Shared_Hugetlb:", &h.shared}); err != nil {
		return nil, err
	}
	return &h, nil
}

// parseParts wants all three kinds or none: one alone is no split.
func parseParts(text []byte) (*pssParts, error) {
	if _, ok, err := lookup(text, "Pss_Anon:"); !ok {
		return nil, err
	}
	var p pssParts
	if err := pick(text, want{"Pss_Anon:", &p.anon}, want{"Pss_File:", &p.file}, want{"Pss_Shmem:", &p.shmem}); err != nil {
		return nil, err
	}
	return &p, nil
}
