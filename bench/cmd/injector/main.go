// Injector adds a known amount of memory to a program, to show that the measurement
// finds it:
//
//	injector -memory BYTES -- PROGRAM [ARG...]
//
// It starts a child that holds the memory, waits until all of it is there, and then
// becomes the program: the program has the pid, the standard streams and the signals
// that it would have otherwise, and one idle child more. So any program and any image can
// have memory injected from outside.
//
// The memory is private, anonymous and touched, and no two pages are equal. The child's
// own runtime comes on top, and huge pages if the kernel gives them unasked. So the first
// line on standard error reports what the child has by its own smaps_rollup, see
// measure.HeldLine. The child ends with the program: the kernel kills it when the thread
// that started it, the program's main thread, ends.
//
// Exit status 2: the arguments are wrong. 1: the memory could not be allocated or the
// program not started.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// The main goroutine stays on the process's main thread, which becomes the program's: a
// death signal is tied to the thread that forked.
func init() { runtime.LockOSThread() }

func main() {
	err := run(os.Args[1:], os.Stderr)
	fmt.Fprintln(os.Stderr, "injector:", err)
	if errors.Is(err, errUsage) {
		os.Exit(2)
	}
	os.Exit(1)
}

// heldLine is measure.HeldLine, which a test checks: importing the package would make
// the child larger than it must be.
const heldLine = "memproof: held beside the program, bytes: "

var errUsage = errors.New("want -memory BYTES -- PROGRAM [ARG...], with more than 0 bytes")

// run returns only if it fails; the child that holds the memory never returns.
func run(args []string, stderr io.Writer) error {
	fs := flag.NewFlagSet("injector", flag.ContinueOnError)
	fs.SetOutput(stderr)
	memory := fs.Int("memory", 0, "`bytes` to hold beside the program")
	hold := fs.Int("hold", 0, "") // for the child
	if err := fs.Parse(args); err != nil {
		return errors.Join(errUsage, err)
	}
	if *hold > 0 {
		return holdForever(*hold)
	}
	if *memory < 1 || fs.NArg() == 0 {
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

// startHolder returns how much memory the child has, once it has all of it.
func startHolder(bytes int) (held uint64, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(self, "-hold", strconv.Itoa(bytes))
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = dieWithParent()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer out.Close() // not cmd.Wait: the child outlives this program
	if _, err := fmt.Fscan(out, &held); err != nil {
		return 0, fmt.Errorf("the child that holds the memory ended: %w", errors.Join(err, cmd.Wait()))
	}
	return held, nil
}

// holdForever touches every page and waits to be killed.
func holdForever(bytes int) error {
	memory, err := syscall.Mmap(-1, 0, bytes, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		return err
	}
	// Same-page merging and compressed swap would shrink equal pages.
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
	os.Stdout.Close() // a write error would have shown
	for {
		time.Sleep(time.Hour) // the runtime takes select {} for a deadlock
	}
}

// anonymous returns the process's anonymous memory in bytes (proc_pid_smaps(5), the line
// "Anonymous: N kB").
func anonymous(smaps string) (bytes uint64, err error) {
	text, err := os.ReadFile(smaps)
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), "\nAnonymous:")
	if _, err := fmt.Sscanf(rest, "%d kB", &bytes); err != nil {
		return 0, fmt.Errorf("%s: no line Anonymous: %w", smaps, err)
	}
	return bytes << 10, nil
}
