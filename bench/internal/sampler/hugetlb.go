package sampler

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/metric"
)

// hugetlbFiles are the files of a cgroup's hugetlb controller, one for each size
// of page. The controller counts each page once, mapped or not, to the cgroup
// that touched it first (Documentation/admin-guide/cgroup-v2.rst, HugeTLB). Most
// daemons turn it on; without it there are none.
func hugetlbFiles(d *dir, version int) ([]string, error) {
	folder, suffix := ".", ".current"
	if version == 1 {
		folder, suffix = "hugetlb", ".usage_in_bytes"
	}
	if there, err := d.exists(folder); err != nil || !there {
		return nil, err
	}
	names, err := d.list(folder)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, name := range names {
		size, ok := strings.CutPrefix(name, "hugetlb.")
		size, ends := strings.CutSuffix(size, suffix)
		if ok && ends && !strings.Contains(size, ".") { // hugetlb.2MB.rsvd.current is what is reserved
			files = append(files, strings.TrimPrefix(folder+"/"+name, "./"))
		}
	}
	slices.Sort(files)
	return files, nil
}

// hugetlb is what the controller counts; nil without it.
func (c *cgroup) hugetlb() (*uint64, error) {
	if len(c.huge) == 0 {
		return nil, nil
	}
	f := figures{dir: c.dir}
	var sum uint64
	for _, name := range c.huge {
		sum += f.number(name)
	}
	return &sum, f.err
}

// hugetlb is what the processes hold, each page once: smaps_rollup says how much
// only one process maps, and how much several do. nil where a process lacks the
// figures. A page that no process maps is in no file of /proc.
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
	sum += shared.bytes()
	return &sum, nil
}

// sharedPages are huge pages that several processes map, and their size.
type sharedPages map[sharedPage]uint64

// sharedPage is a huge page by the file that it belongs to and its place there.
// Anonymous ones have a hidden file for each mapping. Two processes that map a
// file privately, and share a page of it each with another, count as one page.
type sharedPage struct {
	file   string // device and inode
	offset uint64
}

func (s sharedPages) bytes() (sum uint64) {
	for _, size := range s {
		sum += size
	}
	return sum
}

// addShared adds the shared huge pages of one process.
func (t *tree) addShared(pid int, shared sharedPages) error {
	name := strconv.Itoa(pid) + "/smaps"
	text, err := t.proc.read(name)
	if err != nil {
		return err
	}
	maps, err := parseHugeMaps(text)
	if err != nil {
		return t.proc.wrap(name, err)
	}
	name = strconv.Itoa(pid) + "/pagemap"
	f, err := t.proc.files.Open(name)
	if err != nil {
		return t.proc.wrap(name, err)
	}
	defer f.Close()
	pagemap, ok := f.(io.ReaderAt)
	if !ok {
		return t.proc.wrap(name, errors.ErrUnsupported)
	}
	for _, m := range maps {
		if err := m.addShared(pagemap, shared); err != nil {
			return t.proc.wrap(name, err)
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

// Of an entry of /proc/PID/pagemap, eight bytes for each small page
// (Documentation/admin-guide/mm/pagemap.rst). They can be read without the
// capability that the numbers of page frames need.
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

// parseHugeMaps finds those mappings of /proc/PID/smaps that have huge pages
// which other processes map too.
func parseHugeMaps(text []byte) (maps []hugeMap, err error) {
	var head []byte // of the mapping that the lines are of
	var page uint64
	for line := range bytes.Lines(text) {
		switch key, _, _ := bytes.Cut(line, []byte(" ")); {
		case !bytes.HasSuffix(key, []byte(":")):
			head = line
		case string(key) == "KernelPageSize:":
			page, _, err = lookup(line, string(key))
		case string(key) == "Shared_Hugetlb:":
			var shared uint64
			if shared, _, err = lookup(line, string(key)); shared > 0 {
				var m hugeMap
				m, err = parseMapHead(head, page)
				maps = append(maps, m)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return maps, nil
}

// maxHugeMap is more than any address space: 57 bits on x86-64.
const maxHugeMap = 1 << 60

// parseMapHead reads "from-to perms offset device inode name" (proc_pid_maps(5)).
func parseMapHead(line []byte, page uint64) (hugeMap, error) {
	var m hugeMap
	var perms, device string
	var inode uint64
	if _, err := fmt.Sscanf(string(line), "%x-%x %s %x %s %d", &m.from, &m.to, &perms, &m.offset, &device, &inode); err != nil {
		return m, fmt.Errorf("%.60q is no mapping: %w", line, err)
	}
	if m.from > m.to || m.to > maxHugeMap || page == 0 || m.from%page != 0 || m.to%page != 0 {
		return m, fmt.Errorf("%.60q is no mapping of pages of %d bytes", line, page)
	}
	m.file, m.page = fmt.Sprint(device, " ", inode), page
	return m, nil
}
