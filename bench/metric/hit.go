package metric

import (
	"fmt"
	"time"
)

// Hit is one request of the open loop. Its times are offsets from the start of the
// load, on the monotonic clock.
type Hit struct {
	Seq      uint64        // 0, 1, 2, … in the order of the schedule
	Intended time.Duration // when the schedule wants it sent
	Sent     time.Duration // when a generator worker sent it; at least Intended
	Done     time.Duration // when the answer was read to its end, or the error occurred
	Status   int           // HTTP status; 0 without an answer
	BytesIn  int64         // bytes of the answer's body
	Target   int           // index into load.Load.Mix of the requested target
	Digest   uint64        // of the answer; 0 if it was not read to its end or is not compared, see load.Load.EqualResponses
	Error    string        // why there was no answer; empty if there was one

	Connection Connection // that it was sent on
}

// Connection is the kind of connection that a hit was sent on.
type Connection uint8

// The kinds of connection.
const (
	UnknownConnection Connection = iota // a hit of an older version, which did not record it
	NoConnection                        // none could be opened; no request was sent
	NewConnection                       // opened for this hit
	UsedConnection                      // it had already carried the answer of an earlier hit
	// ResetConnection is a reused connection that ended before the first byte of an
	// answer. Either the service closed it as the hit was sent, or it lost the hit: the
	// two look the same. The hit was not sent again.
	ResetConnection
)

// ErrorReset is the error of a hit on a [ResetConnection].
const ErrorReset = "connection_reset_before_response"

// ConnectionNames are the names in hit files, indexed by [Connection].
var ConnectionNames = [...]string{"", "none", "new", "used", "reset"}

// String returns the name in hit files.
func (c Connection) String() string {
	if int(c) < len(ConnectionNames) {
		return ConnectionNames[c]
	}
	return ""
}

// ResponseTime is the time from the intended time to the end of the answer, including the
// wait for a free connection or worker of the generator.
func (h Hit) ResponseTime() time.Duration { return h.Done - h.Intended }

// Waited is the waiting time of the hit in every table, picture and export: the response
// time, and at least the time-out for a failed hit, so that no service looks fast by
// turning requests away.
func (h Hit) Waited(timeout time.Duration) time.Duration {
	if h.OK() {
		return h.ResponseTime()
	}
	return max(h.ResponseTime(), timeout)
}

// Lag returns how late the generator sent the hit.
func (h Hit) Lag() time.Duration { return h.Sent - h.Intended }

// OK reports whether the service answered with a 2xx status.
func (h Hit) OK() bool { return h.Status >= 200 && h.Status < 300 && h.Error == "" }

// Failure names the reason why the hit failed.
func (h Hit) Failure() string {
	if h.Error != "" {
		return h.Error
	}
	return fmt.Sprintf("status %d", h.Status)
}
