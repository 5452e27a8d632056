// Spike holds a known amount of memory beside a program, to show that the
// instrument sees it:
//
//	spike -memory BYTES -- PROGRAM [ARG...]
//
// It starts a child that holds the memory, waits until all of it is there, and
// then becomes the program: the program has the pid, the standard streams and
// the signals that it would have had without, and one child more, which does
// nothing. So any program and any image can be spiked from outside.
//
// The memory is private, anonymous and touched, with content that no two pages
// share. The child's own runtime comes on top, and huge pages where the kernel gives
// them unasked; so the first line on standard error says what the child has by its
// own smaps_rollup, see bench.HeldLine. It ends with the
// program: the kernel kills it when the thread that started it is gone, which
// is the program's main thread.
//
// Exit status 2 says that the arguments are wrong, 1 that the memory could not
// be had or the program not started.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// The main goroutine stays on the process's main thread, which becomes the
// program's: a death signal is tied to the thread that forked.
func init() { runtime.LockOSThread() }

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "spike:", err)
		if errors.Is(err, errUsage) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

// heldLine is bench.HeldLine, as a test holds: to import it would make the holder
// larger than what it holds needs.
const heldLine = "memproof: held beside the program, bytes: "

var errUsage = errors.New("want -memory BYTES -- PROGRAM [ARG...], with more than 0 bytes")

// run returns only where it fails; the holding child never returns.
func run(args []string, stderr io.Writer) error {
	fs := flag.NewFlagSet("spike", flag.ContinueOnError)
	fs.SetOutput(stderr)
	memory := fs.Int("memory", 0, "`bytes` to hold beside the program")
	hold := fs.Int("hold", 0, "") // the child's own
	if err := fs.Parse(args); err != nil {
		return errors.Join(errUsage, err)
	}
	switch {
	case *hold > 0:
		return holdForEver(*hold)
	case *memory < 1 || fs.NArg() == 0:
		return errUsage
	}
	path, err := exec.LookPath(fs.Arg(0))
	if err != nil {
		return err
	}
	held, err := startHolder(*memory)
	if err != nil {
		return fmt.Errorf("hold %d bytes: %w", *memory, err)
	}
	if _, err := fmt.Fprintf(stderr, "%s%d\n", heldLine, held); err != nil {
		return err
	}
	return fmt.Errorf("start %s: %w", path, syscall.Exec(path, fs.Args(), os.Environ()))
}

// startHolder returns once the child holds the memory, with how much it has.
func startHolder(bytes int) (held uint64, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(self, "-hold", strconv.Itoa(bytes))
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = dieWithParent()
	said, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer said.Close() // not cmd.Wait: the child outlives this program
	if _, err := fmt.Fscan(said, &held); err != nil {
		return 0, fmt.Errorf("the holder ended: %w", errors.Join(err, cmd.Wait()))
	}
	return held, nil
}

// holdForEver touches every page and waits to be killed.
func holdForEver(bytes int) error {
	memory, err := syscall.Mmap(-1, 0, bytes, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		return err
	}
	// Same-page merging and compressed swap would make less of equal pages.
	rng := rand.New(rand.NewPCG(1, 2))
	for i := 0; i+8 <= len(memory); i += 8 {
		*(*uint64)(unsafe.Pointer(&memory[i])) = rng.Uint64()
	}
	held, err := anonymous("/proc/self/smaps_rollup")
	if err != nil {
		return err
	}
	if _, err := fmt.Println(held); err != nil {
		return err
	}
	os.Stdout.Close() // nobody reads any more; a write error would have been seen
	for {
		time.Sleep(time.Hour) // select {} would be a deadlock to the runtime
	}
}

// anonymous is the process's anonymous memory in bytes (proc_pid_smaps(5), the
// line "Anonymous: N kB").
func anonymous(smaps string) (bytes uint64, err error) {
	f, err := os.Open(smaps)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var kB uint64
		if n, _ := fmt.Sscanf(lines.Text(), "Anonymous: %d kB", &kB); n == 1 {
			return kB << 10, nil
		}
	}
	return 0, fmt.Errorf("%s: no line Anonymous: %w", smaps, errors.Join(lines.Err(), io.ErrUnexpectedEOF))
}
