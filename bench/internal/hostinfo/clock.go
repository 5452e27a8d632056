package hostinfo

import (
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/sys/unix"
)

// bothClocks reads the wall clock and CLOCK_BOOTTIME, in seconds, at one instant.
// A thread that loses its processor between two readings would report a clock step
// that did not happen. So it reads the wall clock between two readings of the other,
// and takes the closest pair of three tries.
func bothClocks() (wall time.Time, up float64, err error) {
	closest := int64(math.MaxInt64)
	for range 3 {
		before, err1 := boottime()
		w := time.Now()
		after, err2 := boottime()
		if err1 != nil || err2 != nil {
			return time.Time{}, 0, fmt.Errorf("read CLOCK_BOOTTIME: %w", errors.Join(err1, err2))
		}
		if after-before < closest {
			closest, wall, up = after-before, w, float64(before+(after-before)/2)/1e9
		}
	}
	return wall.Round(0).UTC(), up, nil
}

// clockBoottime is CLOCK_BOOTTIME of clock_gettime(2), which only Linux has.
const clockBoottime = 7

func boottime() (ns int64, err error) {
	var ts unix.Timespec
	err = unix.ClockGettime(clockBoottime, &ts)
	return ts.Nano(), err
}
