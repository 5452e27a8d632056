package sampler

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/metric"
)

// hugetlbFiles returns the files of a cgroup's hugetlb controller, one for each page
// size; none without the controller. It counts each page once, mapped or not, to the
// cgroup that touched it first (Documentation/admin-guide/cgroup-v2.rst, HugeTLB).
func hugetlbFiles(d *dir, version int) ([]string, error) {
	pattern := "hugetlb.*.current"
	if version == 1 {
		pattern = "hugetlb/hugetlb.*.usage_in_bytes"
	}
	files, err := fs.Glob(d.files, pattern)
	return slices.DeleteFunc(files, func(name string) bool { return strings.Contains(name, ".rsvd.") }), err // reserved only
}

// hugetlb returns what the controller counts; nil without it.
func (c *cgroup) hugetlb() (*uint64, error) {
	if len(c.huge) == 0 {
		return nil, nil
	}
	r := reading{dir: c.dir}
	var sum uint64
	for _, name := range c.huge {
		sum += r.number(name)
	}
	return &sum, r.err
}

// hugetlb returns what the processes map, each page once: smaps_rollup has how much only
// one process maps, and how much several do. It is nil if a process lacks these figures.
// A page that no process maps is in no file of /proc.
func (t *tree) hugetlb(list []metric.Process) (*uint64, error) {
	var sum uint64
	shared := sharedPages{}
	for _, p := range list {
		if p.HugetlbPrivate == nil || p.HugetlbShared == nil {
			return nil, nil
		}
		sum += *p.HugetlbPrivate
		if *p.HugetlbShared == 0 {
			continue
		}
		if err := t.addShared(p.PID, shared); gone(err) {
			return nil, errVanished(p.PID)
		} else if err != nil {
			return nil, err
		}
	}
	for _, size := range shared {
		sum += size
	}
	return &sum, nil
}

// sharedPages are huge pages that several processes map, and their size.
type sharedPages map[sharedPage]uint64

// sharedPage identifies a huge page by its file and its place there. Anonymous ones have
// a hidden file for each mapping. If two processes map a file privately, and each shares
// a page of it with a third, these pages count as one.
type sharedPage struct {
	file   string // device and inode
	offset uint64
}

// addShared adds the shared huge pages of one process.
func (t *tree) addShared(pid int, shared sharedPages) error {
	smaps, pagemap := fmt.Sprintf("%d/smaps", pid), fmt.Sprintf("%d/pagemap", pid)
	text, err := t.proc.read(smaps)
	if err != nil {
		return err
	}
	maps, err := parseHugeMaps(text)
	if err != nil {
		return t.proc.wrap(smaps, err)
	}
	f, err := t.proc.files.Open(pagemap)
	if err != nil {
		return t.proc.wrap(pagemap, err)
	}
	defer f.Close()
	for _, m := range maps {
		if err := m.addShared(f.(io.ReaderAt), shared); err != nil {
			return t.proc.wrap(pagemap, err)
		}
	}
	return nil
}

// hugeMap is a mapping of huge pages, some of which other processes map too.
type hugeMap struct {
	from, to uint64 // addresses
	offset   uint64 // in its file, of from
	file     string // device and inode
	page     uint64 // bytes
}

// An entry of /proc/PID/pagemap has eight bytes for each small page
// (Documentation/admin-guide/mm/pagemap.rst). These bits need no capability, unlike the
// numbers of page frames.
const (
	pagemapEntry     = 8
	pagemapPresent   = 1 << 63
	pagemapExclusive = 1 << 56 // no other process maps it
)

func (m hugeMap) addShared(pagemap io.ReaderAt, shared sharedPages) error {
	small := uint64(os.Getpagesize())
	var entry [pagemapEntry]byte
	for at := m.from; at < m.to; at += m.page {
		if _, err := pagemap.ReadAt(entry[:], int64(at/small*pagemapEntry)); err != nil {
			return err
		}
		if e := binary.NativeEndian.Uint64(entry[:]); e&pagemapPresent != 0 && e&pagemapExclusive == 0 {
			shared[sharedPage{m.file, m.offset + (at - m.from)}] = m.page
		}
	}
	return nil
}

// parseHugeMaps returns the mappings of /proc/PID/smaps with huge pages that other
// processes map too.
func parseHugeMaps(text []byte) (maps []hugeMap, err error) {
	var head []byte // the first line of the mapping
	var page uint64
	for line := range bytes.Lines(text) {
		key, _, _ := bytes.Cut(line, []byte(" "))
		k := keyed{text: line}
		switch {
		case !bytes.HasSuffix(key, []byte(":")):
			head = line
		case string(key) == "KernelPageSize:":
			page = k.need(string(key))
		case string(key) == "Shared_Hugetlb:" && k.need(string(key)) > 0:
			m, err := parseMapHead(head, page)
			if err != nil {
				return nil, err
			}
			maps = append(maps, m)
		}
		if k.err != nil {
			return nil, k.err
		}
	}
	return maps, nil
}

// parseMapHead reads "from-to perms offset device inode name" (proc_pid_maps(5)). No
// address space has 60 bits.
func parseMapHead(line []byte, page uint64) (hugeMap, error) {
	var m hugeMap
	var perms, device string
	var inode uint64
	if _, err := fmt.Sscanf(string(line), "%x-%x %s %x %s %d", &m.from, &m.to, &perms, &m.offset, &device, &inode); err != nil {
		return m, fmt.Errorf("%.60q is not a mapping: %w", line, err)
	}
	if m.from > m.to || m.to > 1<<60 || page == 0 || m.from%page != 0 || m.to%page != 0 {
		return m, fmt.Errorf("%.60q is not a mapping of pages of %d bytes", line, page)
	}
	m.file, m.page = fmt.Sprint(device, " ", inode), page
	return m, nil
}
