package prefork

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Status is the whole service as the master last published it. Its figures
// belong together: they are never of two different moments.
type Status struct {
	Target    int // workers wanted
	Ready     int // workers that are ready to serve and are not leaving
	Spawned   int // workers started since the master started
	Recycled  int // workers retired because they reached a limit
	Restarted int // workers that died unexpectedly and were replaced
	// Tasks run in the background: those that the master has from WhenReady, and of each worker that
	// lives, one that is leaving too, those that it has told by Worker.Tasked.
	Tasks int
}

// board is the page of memory on which the master publishes the Status. Every
// process maps it, so that reading it costs no system call and asks no one.
//
// The page is a sequence lock with one writer: version is odd while the
// figures change, and a reader that saw it odd, or saw it change, reads again.
type board struct {
	version atomic.Uint64
	figures [6]atomic.Int64
}

func (b *board) publish(s Status) {
	b.version.Add(1)
	for i, n := range []int{s.Target, s.Ready, s.Spawned, s.Recycled, s.Restarted, s.Tasks} {
		b.figures[i].Store(int64(n))
	}
	b.version.Add(1)
}

func (b *board) read() Status {
	for {
		before := b.version.Load()
		f := func(i int) int { return int(b.figures[i].Load()) }
		s := Status{Target: f(0), Ready: f(1), Spawned: f(2), Recycled: f(3), Restarted: f(4), Tasks: f(5)}
		if before%2 == 0 && b.version.Load() == before {
			return s
		}
		runtime.Gosched()
	}
}

// newBoard makes the page in a memfd, see memfd_create(2). The file's size is
// sealed: were it truncated, every process that reads the page would die.
func newBoard() (*board, *os.File, error) {
	fd, err := unix.MemfdCreate("scoreboard", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, nil, fmt.Errorf("create the scoreboard: %w", err)
	}
	file := os.NewFile(uintptr(fd), "scoreboard")
	if err := sizeBoard(file); err != nil {
		file.Close()
		return nil, nil, err
	}
	b, err := mapBoard(file, unix.PROT_READ|unix.PROT_WRITE)
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return b, file, nil
}

func sizeBoard(file *os.File) error {
	if err := file.Truncate(int64(os.Getpagesize())); err != nil {
		return fmt.Errorf("size the scoreboard: %w", err)
	}
	seals := unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, seals); err != nil {
		return fmt.Errorf("seal the scoreboard: %w", err)
	}
	return nil
}

// mapBoard maps the page for the rest of the process's life.
func mapBoard(file *os.File, prot int) (*board, error) {
	page, err := unix.Mmap(int(file.Fd()), 0, os.Getpagesize(), prot, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the scoreboard: %w", err)
	}
	return (*board)(unsafe.Pointer(&page[0])), nil
}
