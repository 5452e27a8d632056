package leftovers

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
	// Installation is a hash of a random id in the cache directory, the machine's id
	// and the host's name. The latter two alone are the same on many machines.
	Installation string
	Boot         string // hash of the kernel's boot id
	PIDs         string // hash of the PID namespace
	PID          int
	Start        uint64 // clock ticks after boot
}

// NewSession makes the id of a new session: the owner, so that whoever finds
// what is left of the session can tell whether it still runs, and a random
// part. It is short enough to be part of a database's name (63 bytes).
func NewSession() string {
	o := self()
	var random [3]byte
	rand.Read(random[:]) // never fails
	return fmt.Sprintf("%s-%s-%s-%s-%s-%x", o.Installation, o.Boot, o.PIDs,
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
	return owner{Installation: m[1], Boot: m[2], PIDs: m[3], PID: int(pid), Start: start}, true
}

func self() owner {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	o := owner{Installation: hash6(installation() + machineID() + host), Boot: hash6(bootID()), PIDs: hash6(pidNamespace()), PID: os.Getpid()}
	o.Start, _ = startTime(o.PID) // 0 where the system does not tell
	return o
}

// fate is what is known of a session's owner.
type fate int

const (
	// unseen owners are on another machine, in another PID namespace, or ran before
	// the system was started anew, as far as can be told: a clone of this machine
	// has its name and ids too. They may be alive, so nothing of theirs is removed
	// unless a person asks for it.
	unseen fate = iota
	alive
	ended
)

// fateOf says what is known of the process. It is only called ended where it
// would be seen from here if it were not: nothing but its pid may differ.
func (o owner) fateOf(me owner, startTime func(pid int) (uint64, bool)) fate {
	if o.Installation != me.Installation || o.Boot != me.Boot || o.PIDs != me.PIDs {
		return unseen
	}
	if start, runs := startTime(o.PID); runs && start == o.Start {
		return alive
	}
	return ended
}

// ofEarlierBoot says that the owner ran on this installation before the system was
// started anew, or on a clone of it.
func (o owner) ofEarlierBoot(me owner) bool {
	return o.Installation == me.Installation && o.Boot != me.Boot
}

// fateOf says what is known of the session's owner. A text that is no session's id
// has none.
func fateOf(session string) fate {
	o, ok := parseSession(session)
	if !ok {
		return unseen
	}
	return o.fateOf(self(), startTime)
}

func hash6(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:3])
}
