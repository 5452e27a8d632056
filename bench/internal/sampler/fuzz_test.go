package sampler

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/memproof/memproof/bench/metric"
)

func FuzzParseStat(f *testing.F) {
	f.Add(fixture(f, "proc/21223/stat"))
	f.Add([]byte(statLine(") (")))
	f.Add([]byte("1 () R"))
	f.Add([]byte("0()\x80 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"))
	f.Add([]byte(")("))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseStat(text)
		if err != nil {
			return
		}
		if s.pid < 0 || s.ppid < 0 || s.threads < 0 {
			t.Errorf("a negative number in %+v", s)
		}
		// What was understood, written as the kernel writes it, is understood
		// as the same.
		again := fmt.Appendf(nil, "%d (%s) %c %d 0 0 0 0 0 0 0 0 0 %d 0 0 0 0 0 %d 0 %d\n",
			s.pid, s.name, s.state, s.ppid, s.ticks, s.threads, s.start)
		if got, err := parseStat(again); s.ticks <= 1<<62 && (err != nil || got != s) {
			t.Errorf("%q gave %+v and then %+v, %v", again, s, got, err)
		}
	})
}

func FuzzParseStatm(f *testing.F) {
	f.Add(fixture(f, "proc/21223/statm"))
	f.Add([]byte("0 0"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := parseStatm(text); err == nil && len(bytes.Fields(text)) < 2 {
			t.Errorf("%q has no second field", text)
		}
	})
}

func FuzzParseRollup(f *testing.F) {
	f.Add(fixture(f, "proc/21223/smaps_rollup"))
	f.Add([]byte("Pss: 1 kB\nSwap: 0 kB\nAnonHugePages: 0 kB\nPrivate_Clean: 2 kB\nPrivate_Dirty: 3 kB\n"))
	f.Add([]byte("Pss: 1 kB\nSwap: 0 kB\nAnonHugePages: 0 kB\nPrivate_Clean: 2 kB\nPrivate_Dirty: 3 kB\nPss_Anon: 1 kB\n"))
	f.Add([]byte("Pss: 1 kB\nSwap: 0 kB\nAnonHugePages: 0 kB\nPrivate_Clean: 2 kB\nPrivate_Dirty: 3 kB\nPrivate_Hugetlb: 2048 kB\n"))
	has := func(text []byte, keys ...string) bool {
		return !slices.ContainsFunc(keys, func(key string) bool { return !bytes.Contains(text, []byte(key)) })
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var p metric.Process
		err := parseRollup(text, &p)
		if err == nil && !has(text, "Pss:", "Swap:", "AnonHugePages:", "Private_Clean:", "Private_Dirty:") {
			t.Errorf("%q lacks a key, and that is no error", text)
		}
		if p.PSSAnon != nil && !has(text, "Pss_Anon:", "Pss_File:", "Pss_Shmem:") {
			t.Errorf("%q gave a part of the split: %+v", text, p)
		}
		if p.HugetlbPrivate != nil && !has(text, "Private_Hugetlb:", "Shared_Hugetlb:") {
			t.Errorf("%q gave a part of hugetlbfs: %+v", text, p)
		}
	})
}

func FuzzFind(f *testing.F) {
	f.Add(fixture(f, "v1/memory/memory.stat"), "total_rss")
	f.Add(fixture(f, "v1/memory/memory.oom_control"), "oom_kill")
	f.Add(fixture(f, "v2/memory.stat"), "anon")
	f.Add(fixture(f, "v2/memory.events"), "oom_kill")
	f.Add(fixture(f, "v2/cpu.stat"), "usage_usec")
	f.Fuzz(func(t *testing.T, text []byte, key string) {
		k := keyed{text: text}
		v := k.find(key)
		if v != nil && k.err != nil {
			t.Errorf("%d with %v", *v, k.err)
		}
		if v != nil && !bytes.Contains(text, []byte(key+" ")) {
			t.Errorf("%q found in %q", key, text)
		}
	})
}

func FuzzParseNumber(f *testing.F) {
	f.Add(fixture(f, "v1/memory/memory.usage_in_bytes"))
	f.Add(fixture(f, "v2/memory.current"))
	f.Add([]byte("max\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := parseNumber(text)
		if err != nil {
			return
		}
		if again, err := parseNumber(fmt.Append(nil, v, "\n")); err != nil || again != v {
			t.Errorf("%q gave %d and then %d, %v", text, v, again, err)
		}
	})
}

func FuzzParseLastPID(f *testing.F) {
	f.Add([]byte("0.20 0.18 0.12 1/80 11206\n"))
	f.Add([]byte("0.20 0.18 0.12 1/80"))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := parseLastPID(text)
		if err != nil {
			return
		}
		if again, err := parseLastPID(fmt.Appendf(nil, "0 0 0 0/0 %d\n", v)); err != nil || again != v {
			t.Errorf("%q gave %d and then %d, %v", text, v, again, err)
		}
	})
}

// Of a memory.stat that is understood the kernel's memory is absent or one of
// the two things that it may be, never a part of it.
func FuzzKernelV2(f *testing.F) {
	for _, version := range []string{"-5.10", "-5.15", "-6.1", "-6.12", ""} {
		f.Add(fixture(f, "v2"+version+"/memory.stat"), uint64(80437248))
	}
	f.Add([]byte("anon 1\nfile 18446744073709551615\nsock 1\nslab 1\n"), uint64(9))
	f.Add([]byte("anon 0\nfile 0\nsock 0\nslab 1\nswapcached 18446744073709551615\n"), uint64(9))
	f.Fuzz(func(t *testing.T, text []byte, usage uint64) {
		k := keyed{text: text}
		got := kernelV2(&k, usage)
		if got == nil || k.err != nil {
			return
		}
		if *got == 0 {
			t.Errorf("%q gave 0", text)
		}
		if reported := k.find("kernel"); reported != nil && *got != *reported {
			t.Errorf("%q gave %d, the kernel reports %d", text, *got, *reported)
		} else if swap := k.find("swapcached"); reported == nil && *got > usage && (swap == nil || *got-usage > *swap) {
			t.Errorf("%q gave %d of %d", text, *got, usage)
		}
	})
}
