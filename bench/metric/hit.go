package metric

import (
	"fmt"
	"time"
)

// Hit is one request of the open loop. Its times are offsets from the
// beginning of the attack, on the monotonic clock.
type Hit struct {
	Seq      uint64        // 0, 1, 2, … in the order of the schedule
	Intended time.Duration // when the schedule wanted it sent
	Sent     time.Duration // when a generator worker sent it; at least Intended
	Done     time.Duration // when the answer was read to its end, or the error came
	Status   int           // HTTP status; 0 where no answer came
	BytesIn  int64         // bytes of the answer's body
	Target   int           // index into [scenario.Load.Mix] of what was asked for
	Digest   uint64        // of the answer; 0 where it was not read to its end, or nobody compares, see [scenario.Load.SameWork]
	Error    string        // why there was no answer; empty where there was one

	Connection Connection // which it was sent on
}

// Connection is the kind of connection that a hit was sent on.
type Connection uint8

// The kinds of connection.
const (
	UnknownConnection Connection = iota // a hit from before it was noted
	NoConnection                        // none could be opened, and nothing was sent
	NewConnection                       // opened for this hit
	UsedConnection                      // had brought the answer of an earlier hit
	// ResetConnection is a used one that ended before the first byte of an answer:
	// the service closed it as the hit was sent, or lost the hit. Nothing tells
	// which. The hit was not sent again.
	ResetConnection
)

// ErrorReset is the error of a hit on a [ResetConnection].
const ErrorReset = "connection_reset_before_response"

// ConnectionNames are those of hit files.
var ConnectionNames = [...]string{"", "none", "new", "used", "reset"}

// String is the name in hit files.
func (c Connection) String() string {
	if int(c) < len(ConnectionNames) {
		return ConnectionNames[c]
	}
	return ""
}

// ResponseTime is what a user who came at the intended time waited: unlike a
// latency taken from the sending, it contains the wait for a free connection
// or worker of the generator.
func (h Hit) ResponseTime() time.Duration { return h.Done - h.Intended }

// Waited is for how long the hit counts in every table, picture and export: the
// response time, and for one that failed at least its time-out. Its user was never
// answered, and a service must not look fast by turning requests away.
func (h Hit) Waited(timeout time.Duration) time.Duration {
	if h.OK() {
		return h.ResponseTime()
	}
	return max(h.ResponseTime(), timeout)
}

// Lag is how late the generator sent the hit.
func (h Hit) Lag() time.Duration { return h.Sent - h.Intended }

// OK says whether the service answered with a 2xx status.
func (h Hit) OK() bool { return h.Status >= 200 && h.Status < 300 && h.Error == "" }

// Failure names what kept the hit from being answered.
func (h Hit) Failure() string {
	if h.Error != "" {
		return h.Error
	}
	return fmt.Sprintf("status %d", h.Status)
}
