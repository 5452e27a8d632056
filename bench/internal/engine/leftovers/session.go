package leftovers

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"syscall"

	"github.com/prometheus/procfs"
)

// owner is the process that a session belongs to. Its PID alone would not identify
// it: PIDs are used again, at once after a reboot, and each PID namespace has its own.
type owner struct {
	// Installation is a hash of a random id in the cache directory, the machine's id
	// and the host's name. Many machines have the same machine id and name.
	Installation string
	Boot         string // hash of the kernel's boot id
	PIDs         string // hash of the PID namespace
	PID          int
	Start        uint64 // clock ticks after boot
}

// NewSession returns the id of a new session: its owner, by which others know whether
// the session still runs, and a random part. The id is short enough for a part of a
// database's name (63 bytes).
func NewSession() string {
	o := self()
	var random [3]byte
	rand.Read(random[:]) // never fails
	return fmt.Sprintf("%s-%s-%s-%s-%s-%x", o.Installation, o.Boot, o.PIDs,
		strconv.FormatInt(int64(o.PID), 36), strconv.FormatUint(o.Start, 36), random)
}

var sessionID = regexp.MustCompile(`^([0-9a-f]{6})-([0-9a-f]{6})-([0-9a-f]{6})-([0-9a-z]+)-([0-9a-z]+)-[0-9a-f]{6}$`)

// parseSession returns the owner in a session's id. ok is false for any other text.
func parseSession(id string) (o owner, ok bool) {
	m := sessionID.FindStringSubmatch(id)
	if m == nil {
		return owner{}, false
	}
	pid, pidErr := strconv.ParseInt(m[4], 36, 32)
	start, startErr := strconv.ParseUint(m[5], 36, 64)
	if pidErr != nil || startErr != nil {
		return owner{}, false
	}
	return owner{Installation: m[1], Boot: m[2], PIDs: m[3], PID: int(pid), Start: start}, true
}

// self returns this process. What the system does not have is empty: outside Linux
// an owner is known by its installation and PID alone.
func self() owner {
	host, _ := os.Hostname()
	machine, _ := os.ReadFile("/etc/machine-id")
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	pids, _ := os.Readlink("/proc/self/ns/pid")
	o := owner{Boot: hash6(string(boot)), PIDs: hash6(pids), PID: os.Getpid()}
	o.Installation = hash6(installation() + string(machine) + host)
	o.Start, _ = startTime(o.PID)
	return o
}

func hash6(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:3])
}

// startTime returns when the process started, in clock ticks after boot. alive is
// false where the process has ended, also as a zombie.
func startTime(pid int) (ticks uint64, alive bool) {
	if runtime.GOOS != "linux" {
		p, err := os.FindProcess(pid)
		return 0, err == nil && p.Signal(syscall.Signal(0)) == nil
	}
	p, err := procfs.NewProc(pid)
	if err != nil {
		return 0, false
	}
	s, err := p.Stat()
	return s.Starttime, err == nil && s.State != "Z"
}

// fate is what is known of a session's owner.
type fate int

const (
	// unseen owners are on another machine or in another PID namespace, and may be
	// alive. Nothing of their sessions is removed unless a person asks for it.
	unseen fate = iota
	// earlierBoot owners ran on this installation before a reboot, or run on a clone
	// of the machine, which has its name and ids too.
	earlierBoot
	alive
	ended
)

// fateOf returns what is known of the owner. Only where nothing but the PID differs
// can an owner that runs be seen, and so be known to have ended.
func (o owner) fateOf(me owner, startTime func(pid int) (uint64, bool)) fate {
	switch start, runs := startTime(o.PID); {
	case o.Installation != me.Installation:
		return unseen
	case o.Boot != me.Boot:
		return earlierBoot
	case o.PIDs != me.PIDs:
		return unseen
	case runs && start == o.Start:
		return alive
	}
	return ended
}
