package gateway

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// builderMark makes a process the catalogue's builder; its value says nothing.
	builderMark = "GATEWAY_BUILD_CATALOGUE"
	builderFile = 3 // the descriptor into which it writes, the first of ExtraFiles (os/exec)

	// sharedMark tells a worker where the catalogue lies that the master had built.
	sharedMark = "GATEWAY_SHARED_CATALOGUE"
)

// preload is gunicorn's preload_app for what of the application can be shared between processes that don't fork: the
// catalogue. (The tokenizer's tables are a Go map inside a library, full of pointers, and stay with each worker.) It has the
// catalogue built into a memfd (memfd_create(2)), seals that, and tells the workers of it, replacements and those after a
// HUP included; in Single the process itself is the one worker. The file must stay open for as long as workers are started;
// whoever calls closes it.
//
// A process of its own builds, and ends: the master of a service lives for months and would never get back all that twenty
// million words went through. With the builder its database connection ends too, before the first worker starts: none is
// ever in two processes. When ctx ends, so does the builder: nobody who stops a service waits for its start.
func (p program) preload(ctx context.Context) (*os.File, error) {
	began := time.Now()
	fd, err := unix.MemfdCreate("catalogue", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("create the shared catalogue: %w", err)
	}
	file := os.NewFile(uintptr(fd), "catalogue")
	size, err := fill(ctx, file)
	if err != nil {
		file.Close()
		return nil, err
	}
	// Workers open the file anew instead of inheriting the descriptor: what they get can't be written to, and its number
	// can't be one that the master gives to something else of theirs.
	if err := os.Setenv(sharedMark, fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), fd)); err != nil {
		file.Close()
		return nil, err
	}
	p.log.Info("Preloaded the catalogue", "bytes", size, "seconds", time.Since(began).Seconds())
	return file, nil
}

// fill has the file filled by the builder and makes it unchangeable for everyone.
func fill(ctx context.Context, file *os.File) (size int64, err error) {
	if err := runBuilder(ctx, file); err != nil {
		return 0, fmt.Errorf("build the shared catalogue: %w", err)
	}
	const all = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, all); err != nil {
		return 0, fmt.Errorf("seal the shared catalogue: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return 0, fmt.Errorf("size the shared catalogue: %w", err)
	}
	return info.Size(), nil
}

// runBuilder starts this program again as the builder and waits for it; when ctx ends it is killed. The builder dies with this process: the death signal
// is tied to the thread, not to the process (prctl(2)).
func runBuilder(ctx context.Context, file *os.File) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Args = os.Args
	cmd.Env = append(os.Environ(), builderMark+"=", "GODEBUG=") // whoever traces collections means the service's
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = os.Stdout, os.Stderr, []*os.File{file}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd.Run()
}

// preloadInMaster is preload before the master listens to signals. stopped says that it got one to end by.
func (p program) preloadInMaster() (file *os.File, stopped bool, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT)
	defer stop()
	file, err = p.preload(ctx)
	return file, ctx.Err() != nil, err
}

// build is the builder's whole life. It returns its exit status.
func (p program) build() int {
	if err := p.buildInto(os.NewFile(builderFile, "catalogue")); err != nil {
		p.log.Error("The catalogue could not be built", "error", err)
		return exitFailed
	}
	return 0
}

func (p program) buildInto(file *os.File) error {
	index, err := readCatalogue(context.Background(), p.env.database)
	if err != nil {
		return err
	}
	index.finish()
	return index.writeFlat(file)
}

// mapCatalogue maps the catalogue that lies at path for the rest of the process's life. All pages are entered at once: no
// request waits for a page, and each is counted in some worker's memory from the start, read or not.
func mapCatalogue(path string) (*catalogue, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the shared catalogue: %w", err)
	}
	defer file.Close() // the mapping keeps what it needs
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("size the shared catalogue: %w", err)
	}
	data, err := unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return nil, fmt.Errorf("map the shared catalogue: %w", err)
	}
	cat, err := openFlat(data)
	if err != nil {
		return nil, fmt.Errorf("map the shared catalogue: %w", err)
	}
	return cat, nil
}
