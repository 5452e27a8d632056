package engine

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"strconv"
)

// owner is the process that a session belongs to. PID alone would not do: it
// is used again after a while, at once after a reboot, and in another PID
// namespace it is another process.
type owner struct {
	Machine string // hash of machine id and host name
	Boot    string // hash of the kernel's boot id
	PIDs    string // hash of the PID namespace
	PID     int
	Start   uint64 // clock ticks after boot
}

// newSession makes the id of a new session: the owner, so that whoever finds
// what is left of the session can tell whether it still runs, and a random
// part. It is short enough to be part of a database's name (63 bytes).
func newSession() string {
	o := self()
	var random [3]byte
	rand.Read(random[:]) // never fails
	return fmt.Sprintf("%s-%s-%s-%s-%s-%x", o.Machine, o.Boot, o.PIDs,
		strconv.FormatInt(int64(o.PID), 36), strconv.FormatUint(o.Start, 36), random)
}

var sessionID = regexp.MustCompile(`^([0-9a-f]{6})-([0-9a-f]{6})-([0-9a-f]{6})-([0-9a-z]+)-([0-9a-z]+)-[0-9a-f]{6}$`)

// parseSession reads the owner out of a session's id. ok is false for a text
// that is none.
func parseSession(id string) (o owner, ok bool) {
	m := sessionID.FindStringSubmatch(id)
	if m == nil {
		return owner{}, false
	}
	pid, err := strconv.ParseInt(m[4], 36, 32)
	if err != nil {
		return owner{}, false
	}
	start, err := strconv.ParseUint(m[5], 36, 64)
	if err != nil {
		return owner{}, false
	}
	return owner{Machine: m[1], Boot: m[2], PIDs: m[3], PID: int(pid), Start: start}, true
}

func self() owner {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	o := owner{Machine: hash6(machineID() + host), Boot: hash6(bootID()), PIDs: hash6(pidNamespace()), PID: os.Getpid()}
	o.Start, _ = startTime(o.PID) // 0 where the system does not tell
	return o
}

// abandoned says whether the process is known to have ended. A process of
// another machine or PID namespace that shares the daemon can't be seen from
// here: it counts as alive.
func (o owner) abandoned(me owner, startTime func(pid int) (uint64, bool)) bool {
	switch {
	case o.Machine != me.Machine:
		return false
	case o.Boot != me.Boot:
		return true
	case o.PIDs != me.PIDs:
		return false
	}
	start, alive := startTime(o.PID)
	return !alive || start != o.Start
}

// abandoned says whether the session's owner is known to have ended.
func abandoned(session string) bool {
	o, ok := parseSession(session)
	return ok && o.abandoned(self(), startTime)
}

func hash6(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:3])
}
