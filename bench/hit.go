package bench

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
	Error    string        // why there was no answer; empty where there was one
}

// ResponseTime is what a user who came at the intended time waited: unlike a
// latency taken from the sending, it contains the wait for a free connection
// or worker of the generator.
func (h Hit) ResponseTime() time.Duration { return h.Done - h.Intended }

// Lag is how late the generator sent the hit.
func (h Hit) Lag() time.Duration { return h.Sent - h.Intended }

// OK says whether the service answered with a 2xx status.
func (h Hit) OK() bool { return h.Status >= 200 && h.Status < 300 && h.Error == "" }

// failure names what kept the hit from being answered.
func (h Hit) failure() string {
	if h.Error != "" {
		return h.Error
	}
	return fmt.Sprintf("status %d", h.Status)
}
