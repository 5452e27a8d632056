// Holder holds known amounts of memory of each kind, in a tree of processes
// like a prefork service's: a master, equal children, and a child that forks
// again without exec, so that the memory it had touched before is shared.
//
//	holder -listen :8000 -dir DIR -children 4 -forks 3 -private 24 …
//
// A connection that sends 'r' makes it rehearse, one page of each kind, so that
// the code has run once and is in memory; 'h' makes it hold the amounts, in
// MiB. It answers with a line when that is done.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const roleVar = "HOLDER_ROLE"

// amounts are in bytes.
type amounts struct {
	private int // of each child, in small pages
	huge    int // of each child, in huge pages
	memfd   int // one for all children
	file    int // the same
	forked  int // touched before a fork
	cache   int // a file that is written and not mapped
}

func main() {
	debug.SetGCPercent(-1) // no page is given back or taken between two samples
	runtime.LockOSThread() // what is forked here is to end with this thread
	var a amounts
	listen := flag.String("listen", ":8000", "")
	dir := flag.String("dir", ".", "of the files, not in memory")
	children := flag.Int("children", 1, "")
	forks := flag.Int("forks", 1, "")
	for name, to := range map[string]*int{
		"private": &a.private, "huge": &a.huge, "memfd": &a.memfd, "file": &a.file, "forked": &a.forked, "cache": &a.cache,
	} {
		flag.Func(name, "MiB", func(text string) (err error) {
			*to, err = strconv.Atoi(text)
			*to <<= 20
			return err
		})
	}
	flag.Parse()
	switch os.Getenv(roleVar) {
	case "child":
		serve(func(a amounts) { hold(a, *dir) }, a)
	case "forker":
		serve((&forker{n: *forks}).hold, a)
	default:
		master(*listen, *dir, *children, a)
	}
}

// small is the rehearsal's amounts.
func small() amounts {
	page := os.Getpagesize()
	return amounts{private: page, memfd: page, file: page, forked: page, cache: page}
}

func master(listen, dir string, children int, a amounts) {
	shared := os.NewFile(uintptr(must(unix.MemfdCreate("shared", unix.MFD_CLOEXEC))), "shared")
	check(shared.Truncate(int64(a.memfd)))
	var all []*member
	for range children {
		all = append(all, start("child", shared))
	}
	all = append(all, start("forker", shared))
	l := must(net.Listen("tcp", listen))
	for {
		c := must(l.Accept())
		var order [1]byte
		if _, err := io.ReadFull(c, order[:]); err == nil { // else a check whether it listens
			now := a
			if order[0] == 'r' {
				now = small()
			}
			write(filepath.Join(dir, "mapped"), now.file)
			write(filepath.Join(dir, "cached"), now.cache)
			for _, m := range all {
				m.obey(order[0])
			}
			fmt.Fprintln(c, "done")
		}
		c.Close()
	}
}

// member is a process of the tree that follows orders.
type member struct {
	in  io.WriteCloser
	out *bufio.Reader
}

func start(role string, shared *os.File) *member {
	c := exec.Command("/proc/self/exe", os.Args[1:]...)
	c.Args[0] = os.Args[0] // a child looks like its parent
	c.Env = append(os.Environ(), roleVar+"="+role)
	c.ExtraFiles = []*os.File{shared}
	c.Stderr = os.Stderr
	in, out := must(c.StdinPipe()), must(c.StdoutPipe()) // the kernel closes in when the master ends
	check(c.Start())
	return &member{in, bufio.NewReader(out)}
}

func (m *member) obey(order byte) {
	must(m.in.Write([]byte{order}))
	must(m.out.ReadString('\n'))
}

// serve follows orders until the master ends.
func serve(hold func(amounts), a amounts) {
	var order [1]byte
	for {
		if _, err := os.Stdin.Read(order[:]); err != nil {
			return
		}
		if order[0] == 'r' {
			hold(small())
		} else {
			hold(a)
		}
		fmt.Println("done")
	}
}

// hold is what each of the equal children does.
func hold(a amounts, dir string) {
	touch(anonymous(a.private))
	if a.huge > 0 {
		touchHuge(a.huge)
	}
	touch(mapped(3, a.memfd, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED))
	f := must(os.Open(filepath.Join(dir, "mapped")))
	read(mapped(int(f.Fd()), a.file, unix.PROT_READ, unix.MAP_SHARED))
	check(f.Close())
}

func mapped(fd, size, prot, flags int) []byte {
	return must(unix.Mmap(fd, 0, size, prot, flags))
}

func anonymous(size int) []byte {
	m := mapped(-1, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	check(unix.Madvise(m, unix.MADV_NOHUGEPAGE))
	return m
}

// madvCollapse makes huge pages at once (MADV_COLLAPSE, Linux 6.1).
const madvCollapse = 25

// touchHuge takes memory that begins where a huge page may.
func touchHuge(size int) {
	const huge = 2 << 20
	m := mapped(-1, size+huge, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	skip := -int(uintptr(unsafe.Pointer(&m[0]))) & (huge - 1)
	m = m[skip : skip+size]
	_ = unix.Madvise(m, unix.MADV_HUGEPAGE) // a kernel without them gives small pages
	touch(m)
	_ = unix.Madvise(m, madvCollapse) // before Linux 6.1 the kernel decides alone
}

func touch(m []byte) {
	for i := 0; i < len(m); i += os.Getpagesize() {
		m[i] = 1
	}
}

var sum byte

func read(m []byte) {
	for i := 0; i < len(m); i += os.Getpagesize() {
		sum += m[i]
	}
}

// write makes a file whose pages are in the cache, charged to this container.
func write(path string, size int) {
	f := must(os.Create(path))
	block := []byte(strings.Repeat("x", 64<<10))
	for size > 0 {
		size -= must(f.Write(block[:min(size, len(block))]))
	}
	check(f.Close())
}

// forker touches memory and then forks.
type forker struct {
	n    int
	pids []int
}

// hold ends the forks of the last time, so that as many live as before.
func (f *forker) hold(a amounts) {
	for _, pid := range f.pids {
		check(unix.Kill(pid, unix.SIGKILL))
		must(unix.Wait4(pid, nil, 0, nil))
	}
	f.pids = f.pids[:0]
	touch(anonymous(a.forked))
	for range f.n {
		pid, errno := fork()
		if errno != 0 {
			panic("fork: " + errno.Error() + " after " + strconv.Itoa(len(f.pids)))
		}
		f.pids = append(f.pids, int(pid))
	}
}

// fork makes a child that only sleeps. The Go runtime does not live on in a
// child without exec: its other threads are gone. So the child calls nothing
// but the kernel, from a function that the runtime can't interrupt to grow its
// stack or to give the thread to another goroutine.
//
//go:nosplit
//go:norace
func fork() (pid uintptr, errno syscall.Errno) {
	pid, _, errno = unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if pid != 0 || errno != 0 {
		return pid, errno
	}
	unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0, 0)
	for {
		unix.RawSyscall6(unix.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
	}
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
